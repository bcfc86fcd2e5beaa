"""The Api of the app, and its OpenAPI document: what the views have in common, put together when it is asked for."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import Any

import flask_smorest
import orjson
from flask import Flask

from blog_api.api.idempotency import KEY_PATTERN, MAX_KEY
from blog_api.api.openapi.document import INFO, SERVERS, Json, complete
from blog_api.api.openapi.fields import describe_fields
from blog_api.api.openapi.views import component
from blog_api.problems import PROBLEMS, Problem
from blog_api.schemas.problems import Problem as ProblemSchema

_SECURITY_SCHEMES = {
    "accessToken": ("JWT", "The access token of /auth/login."),
    "apiToken": ("random", "A token of /auth/tokens, for scripts."),
    "refreshToken": ("JWT", "The refresh token of /auth/login, for /auth/refresh only."),
}
_ENTITY_TAG = r'(W/)?"[!#-~\x80-\xff]*"'
_PARAMETERS: dict[str, Json] = {
    "If-Match": {
        "description": "The ETag of the object as you read it; 412 where it has changed since.",
        "schema": {"type": "string", "pattern": rf"^(\*|{_ENTITY_TAG}(, *{_ENTITY_TAG})*)$"},
        "example": '"3-9f86d081884c7d65"',
    },
    "If-None-Match": {
        "description": "The ETag that you have; 304 where it is still current.",
        "schema": {"type": "string"},
        "example": '"3-9f86d081884c7d65"',
    },
    "Idempotency-Key": {
        "description": "Made anew for each request, such as a UUID. The same request with the same key, sent within 24 "
        "hours by the same user, is not done again: it gets the first reply, and 409 while that is on its way.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": KEY_PATTERN},
        "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
    },
}


def _header(description: str, example: str | int, *, always: bool = False, **schema: Any) -> Json:
    kind = "integer" if isinstance(example, int) else "string"
    return {
        "description": description,
        "schema": {"type": kind, **schema},
        "example": example,
        **({"required": True} if always else {}),
    }


_HEADERS: dict[str, Json] = {
    "X-Request-ID": _header(
        "The id of this request, as in the log.",
        "6f1c9c9e0f0b4e0e8a52a3c5d1f7a2b4",
        always=True,
        maxLength=64,
    ),
    "ETag": _header(
        "What is shown: a digest, for one object after its version.",
        '"3-9f86d081884c7d65"',
        always=True,
        maxLength=60,
    ),
    "Location": _header("Where the new object is.", "/api/v1/posts/1", always=True, format="uri-reference"),
    "Link": _header(
        "The next and the previous page (RFC 8288).",
        '</api/v1/posts?cursor=WyJh>; rel="next"',
    ),
    "Idempotency-Replayed": _header(
        "There where this is the reply to an earlier request with the same Idempotency-Key.",
        "true",
        enum=["true"],
    ),
    "WWW-Authenticate": _header(
        "What is missing or wrong (RFC 6750).", 'Bearer realm="blog_api"', always=True, maxLength=200
    ),
    "Retry-After": _header("Seconds to wait.", 2, always=True, minimum=0, maximum=86_400),
    "RateLimit-Policy": _header(
        "The policies that this request counts for: each with its quota `q` of requests in a window of `w` seconds.",
        '"write";q=600;w=60',
    ),
    "RateLimit": _header(
        "How each policy stands: `r` requests remain until it starts anew in `t` seconds.", '"write";r=0;t=42'
    ),
}
_ERROR_HEADERS = {
    401: ["WWW-Authenticate"],
    429: ["Retry-After", "RateLimit-Policy", "RateLimit"],
    503: ["Retry-After"],
}
_EXAMPLE_ERRORS = {
    "conflict": {"pointer": "/slug", "detail": "This slug is taken.", "code": "taken"},
    "invalid-input": {"pointer": "/title", "detail": "This must not be blank.", "code": "blank"},
}


class Api(flask_smorest.Api):
    """The smorest Api, with problem+json for errors, and a document that is made when it is first asked for."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        self._blueprints: list[flask_smorest.Blueprint] = []
        self._lock = Lock()
        super().__init__(app)

    def register_blueprint(self, blueprint: flask_smorest.Blueprint) -> None:
        """Serve the views of the blueprint, and describe them in the document."""
        self._app.register_blueprint(blueprint)
        self._blueprints.append(blueprint)

    @property
    def document(self) -> bytes:
        """The finished document, as JSON."""
        with self._lock:
            return self._document

    @cached_property
    def _document(self) -> bytes:
        self._build_spec()
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        document = orjson.dumps(complete(self.spec.to_dict()))
        # What it was made of is several times as large.
        del self.spec, self.flask_plugin, self.ma_plugin
        return document

    def _init_spec(self, **options: Any) -> None:
        """Not at start: it takes longer than all the rest of the app."""

    def _build_spec(self) -> None:
        super()._init_spec(info=INFO, servers=SERVERS)
        describe_fields(self.ma_plugin.converter)
        for name, header in _HEADERS.items():
            # Not lazy: nothing follows the references that a lazy response makes.
            self.spec.components.header(name, header)
        for name, parameter in _PARAMETERS.items():
            self.spec.components.parameter(name, "header", {"name": name, **parameter}, lazy=True)
        for name, (form, text) in _SECURITY_SCHEMES.items():
            scheme = {"type": "http", "scheme": "bearer", "bearerFormat": form, "description": text}
            self.spec.components.security_scheme(name, scheme)

    def _register_error_handlers(self) -> None:
        """api/errors.py has them all."""

    def _register_doc_blueprint(self) -> None:
        """blueprints/documentation.py serves the document."""

    def _register_etag_headers(self) -> None:
        """Ours are among _HEADERS."""

    def _register_pagination_header(self) -> None:
        """Pages are in the body."""

    def _register_responses(self) -> None:
        for status in {kind.status for kind in PROBLEMS.values()}:
            kinds = [kind for kind in PROBLEMS.values() if kind.status == status]
            self.spec.components.response(component(status), _response(kinds), lazy=True)


def _response(kinds: list[type[Problem]]) -> Json:
    status = kinds[0].status
    headers = ["X-Request-ID", *_ERROR_HEADERS.get(status, [])]
    examples = {kind.name: {"summary": kind.title, "value": _example(kind)} for kind in kinds}
    return {
        "description": kinds[0].title,
        "headers": {name: name for name in headers},
        "content": {"application/problem+json": {"schema": ProblemSchema, "examples": examples}},
    }


def _example(kind: type[Problem]) -> Json:
    faults = {"errors": [_EXAMPLE_ERRORS[kind.name]]} if kind.name in _EXAMPLE_ERRORS else {}
    return {
        "type": f"/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        **faults,
        "instance": "/api/v1/posts",
        "request_id": "6f1c9c9e0f0b4e0e8a52a3c5d1f7a2b4",
    }
