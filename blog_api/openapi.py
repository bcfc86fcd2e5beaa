"""What the OpenAPI document says beyond the schemas: derived from how each view is declared, so that it stays true."""

from __future__ import annotations

import re
from typing import Any

import flask_smorest
from marshmallow import Schema

from blog_api.auth import LOGIN, PUBLIC, REFRESH, SESSION
from blog_api.idempotency import KEY_PATTERN, MAX_KEY
from blog_api.openapi_document import INFO, SERVERS, Json, complete
from blog_api.openapi_fields import describe_fields
from blog_api.problems import PROBLEMS, Problem
from blog_api.schemas.problems import Problem as ProblemSchema

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    PUBLIC: [{}, {"accessToken": []}, {"apiToken": []}],
    LOGIN: [{"accessToken": []}, {"apiToken": []}],
    SESSION: [{"accessToken": []}],
    REFRESH: [{"refreshToken": []}],
}
_TOKENS = {
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
        '<https://blog.example/api/v1/posts?cursor=WyJh>; rel="next"',
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
_HEADERS_OF_ERRORS = {
    401: ["WWW-Authenticate"],
    429: ["Retry-After", "RateLimit-Policy", "RateLimit"],
    503: ["Retry-After"],
}
_FAULTS = {
    "conflict": {"pointer": "/slug", "detail": "This slug is taken.", "code": "taken"},
    "invalid-input": {"pointer": "/title", "detail": "This must not be blank.", "code": "blank"},
}


class Api(flask_smorest.Api):
    """The smorest Api, with problem+json for errors."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def to_dict(self) -> Json:
        """The finished document."""
        return complete(self.spec.to_dict())

    def _init_spec(self, **options: Any) -> None:
        super()._init_spec(info=INFO, servers=SERVERS, **options)
        describe_fields(self.ma_plugin.converter)
        for name, header in _HEADERS.items():
            # Not lazy: nothing follows the references that a lazy response makes.
            self.spec.components.header(name, header)
        for name, parameter in _PARAMETERS.items():
            self.spec.components.parameter(name, "header", {"name": name, **parameter}, lazy=True)
        for name, (form, text) in _TOKENS.items():
            scheme = {"type": "http", "scheme": "bearer", "bearerFormat": form, "description": text}
            self.spec.components.security_scheme(name, scheme)

    def _register_error_handlers(self) -> None:
        """errors.py has them all."""

    def _register_doc_blueprint(self) -> None:
        """blueprints/documentation.py serves the document."""

    def _register_etag_headers(self) -> None:
        """Ours are among _HEADERS."""

    def _register_pagination_header(self) -> None:
        """Pages are in the body."""

    def _register_responses(self) -> None:
        for status in {kind.status for kind in PROBLEMS.values()}:
            kinds = [kind for kind in PROBLEMS.values() if kind.status == status]
            self.spec.components.response(_component(status), _response(kinds), lazy=True)


def _component(status: int) -> str:
    return f"Problem{status}"


def _response(kinds: list[type[Problem]]) -> Json:
    status = kinds[0].status
    headers = ["X-Request-ID", *_HEADERS_OF_ERRORS.get(status, [])]
    examples = {kind.name: {"summary": kind.title, "value": _example(kind)} for kind in kinds}
    return {
        "description": kinds[0].title,
        "headers": {name: name for name in headers},
        "content": {"application/problem+json": {"schema": ProblemSchema, "examples": examples}},
    }


def _example(kind: type[Problem]) -> Json:
    faults = {"errors": [_FAULTS[kind.name]]} if kind.name in _FAULTS else {}
    return {
        "type": f"/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        **faults,
        "instance": "/api/v1/posts",
        "request_id": "6f1c9c9e0f0b4e0e8a52a3c5d1f7a2b4",
    }


def response_headers(status: int, schema: Schema | None) -> dict[str, str]:
    """The headers of a reply of this status that shows `schema`."""
    names = ["X-Request-ID"]
    if status == 201:
        names.append("Location")
    if schema is not None and "pagination" in schema.fields:
        names += ["Link", "ETag"]
    elif schema is not None and "id" in schema.fields:
        names.append("ETag")
    return {name: name for name in names}


def document(view: Any, rule: str, options: dict[str, Any]) -> None:
    """Complete what smorest knows of a view: operationId, security, errors, the parameters beside its schemas."""
    method = (options.get("methods") or ["GET"])[0]
    doc = view._apidoc
    doc["manual_doc"] = {"operationId": view.__name__, "security": SECURITY[view.access]}
    arguments = doc.setdefault("arguments", {"parameters": []})
    arguments.pop("responses", None)
    responses = doc.setdefault("response", {}).setdefault("responses", {})
    success = [reply for replies in responses.values() for reply in replies]
    failures = failures_of(view, method, rule)
    if method == "GET" and any("ETag" in reply["headers"] for reply in success):
        arguments["parameters"].append("If-None-Match")
        headers = {name: name for name in success[0]["headers"]}
        unchanged = {"description": "You have the current version.", "headers": headers}
        responses[304] = [{**unchanged, "content_type": None}]
    if 412 in failures and method != "POST":
        arguments["parameters"].append("If-Match")
    if view.takes_key:
        arguments["parameters"].append("Idempotency-Key")
        for reply in success:
            reply["headers"]["Idempotency-Replayed"] = "Idempotency-Replayed"
    for status in sorted(failures):
        responses.setdefault(status, []).append(_component(status))
    in_path = re.findall(r"<\w+:(\w+)>", rule)
    options["parameters"] = [_path_parameter(name, view.__name__) for name in in_path]


def failures_of(view: Any, method: str, rule: str) -> set[int]:
    """The errors that the view may answer: those that follow from its address, method and input, and its own."""
    failures = {400, 401, 414, 422, 429, 431, 503, *getattr(view, "fails", ())}
    if "<" in rule:
        failures.add(404)
    if view.access == SESSION or (view.access == LOGIN and method != "GET"):
        # An API token may be too little.
        failures.add(403)
    if method != "GET":
        # Two writes may always meet.
        failures.add(409)
    if getattr(view, "takes_body", False):
        failures |= {413, 415}
    if 412 in failures:
        failures.add(428)
    return failures


def _path_parameter(name: str, operation: str) -> Json:
    noun, _, member = name.rpartition("_")
    what = f"The id of the {noun}." if member == "id" else f"The {name} of the {operation.split('_')[1]}."
    return {
        "in": "path",
        "name": name,
        "description": what,
        "example": 1 if member == "id" else "hello-world",
    }
