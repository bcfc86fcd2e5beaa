"""The flask-smorest Api, and the parts of the OpenAPI document that all views share."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import Any

import flask_smorest
import orjson
from flask import Flask

from blog_api.api.dry_runs import ABSENT_HEADERS
from blog_api.api.idempotency import KEY_PATTERN, MAX_KEY
from blog_api.api.merge_patch import ACCEPT_PATCH
from blog_api.api.openapi.document import INFO, Json, complete
from blog_api.api.openapi.fields import describe_fields
from blog_api.api.openapi.views import component, optional
from blog_api.problems import PROBLEMS, Problem
from blog_api.schemas.dry_runs import DryRun
from blog_api.schemas.problems import Problem as ProblemSchema

_SECURITY_SCHEMES = {
    "accessToken": ("JWT", "The access token from /auth/login."),
    "apiToken": ("random", "An API token from /auth/tokens, for scripts."),
    "refreshToken": ("JWT", "The refresh token from /auth/login, for /auth/refresh only."),
}
_ENTITY_TAG = r'(W/)?"[!#-~\x80-\xff]*"'
_TAG_LIST = {"type": "string", "pattern": rf"^(\*|{_ENTITY_TAG}(, *{_ENTITY_TAG})*)$"}
# Without examples, which Swagger UI would send.
_PARAMETERS: dict[str, Json] = {
    "If-Match": {
        "description": "The ETag of the object as you read it. The response is 412 if the object has changed since.",
        "schema": _TAG_LIST,
    },
    "If-None-Match": {
        "description": "The ETag that you have. The response is 304 if it is still current.",
        "schema": _TAG_LIST,
    },
    "Idempotency-Key": {
        "description": "A unique key for this request, such as a UUID. If the same user retries the request with the "
        "same key within 24 hours, it is not executed again: the response is the first one, or 409 while the first "
        "request is still in progress. It is 403 or 404 if the user may no longer see the first response.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": KEY_PATTERN},
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
        "The id of this request, as in the log of the service.",
        "6f1c9c9e0f0b4e0e8a52a3c5d1f7a2b4",
        always=True,
        maxLength=64,
    ),
    "ETag": _header(
        "The entity tag: a digest of the body, prefixed with the version for a single object.",
        '"3-9f86d081884c7d65"',
        always=True,
        maxLength=60,
    ),
    "Location": _header(
        "The address of the new object.", "/api/v1/posts/1", always=True, format="uri-reference"
    ),
    "Accept-Patch": _header(
        "The media types that PATCH accepts. In a merge patch (RFC 7396), null resets a field that has a default.",
        ACCEPT_PATCH,
        always=True,
    ),
    "Link": _header(
        "Links to the next and the previous page, and for a deprecated operation to an explanation (RFC 8288).",
        '</api/v1/posts?cursor=WyJh>; rel="next"',
    ),
    "Idempotency-Replayed": _header(
        "Present if this is the stored response to an earlier request with the same Idempotency-Key.",
        "true",
        enum=["true"],
    ),
    "Dry-Run": _header("Present if nothing was saved, because of `dry_run=true`.", "true", enum=["true"]),
    "WWW-Authenticate": _header(
        "The challenge, with an error code if the token was rejected (RFC 6750).",
        'Bearer realm="blog_api"',
        always=True,
        maxLength=200,
    ),
    "Retry-After": _header(
        "The number of seconds to wait before a retry.", 2, always=True, minimum=0, maximum=86_400
    ),
    "RateLimit-Policy": _header(
        "The policies that apply to this request: each allows `q` requests per window of `w` seconds.",
        '"write";q=600;w=60',
    ),
    "RateLimit": _header(
        "The state of each policy: `r` requests remain in the current window, which ends in `t` seconds.",
        '"write";r=0;t=42',
    ),
}
for _name in ABSENT_HEADERS:
    _HEADERS[optional(_name)] = {name: value for name, value in _HEADERS[_name].items() if name != "required"}
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
    """A smorest Api with problem+json errors and a document that is generated on first use."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        self._blueprints: list[flask_smorest.Blueprint] = []
        self._lock = Lock()
        super().__init__(app)

    def register_blueprint(self, blueprint: flask_smorest.Blueprint) -> None:
        """Register the blueprint and include it in the document."""
        self._app.register_blueprint(blueprint)
        self._blueprints.append(blueprint)

    def document(self, url: str) -> bytes:
        """Return the OpenAPI document as JSON. `url` is the root of the service."""
        servers = orjson.dumps([{"url": url, "description": "The service that serves this document."}])
        with self._lock:
            return b'{"servers":%b,%b' % (servers, self._document[1:])

    @cached_property
    def _document(self) -> bytes:
        self._build_spec()
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        document = orjson.dumps(complete(self.spec.to_dict()))
        # The spec objects take several times the memory of the JSON.
        del self.spec, self.flask_plugin, self.ma_plugin
        return document

    def _init_spec(self, **options: Any) -> None:
        """Do nothing: building the spec takes longer than the rest of the startup, so it is deferred."""

    def _build_spec(self) -> None:
        super()._init_spec(info=INFO)
        describe_fields(self.ma_plugin.converter)
        for name, header in _HEADERS.items():
            # Not lazy: apispec does not resolve header references from lazy responses.
            self.spec.components.header(name, header)
        for name, parameter in _PARAMETERS.items():
            self.spec.components.parameter(name, "header", {"name": name, **parameter}, lazy=True)
        for parameter in self.ma_plugin.converter.schema2parameters(DryRun(), location="query"):
            self.spec.components.parameter(parameter["name"], "query", parameter, lazy=True)
        for name, (form, description) in _SECURITY_SCHEMES.items():
            scheme = {"type": "http", "scheme": "bearer", "bearerFormat": form, "description": description}
            self.spec.components.security_scheme(name, scheme)

    def _register_error_handlers(self) -> None:
        """Do nothing: api/errors.py handles all errors."""

    def _register_doc_blueprint(self) -> None:
        """Do nothing: blueprints/documentation.py serves the document."""

    def _register_etag_headers(self) -> None:
        """Do nothing: the ETag headers are in _HEADERS and _PARAMETERS."""

    def _register_pagination_header(self) -> None:
        """Do nothing: pagination metadata is in the body."""

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
