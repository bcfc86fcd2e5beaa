"""What the OpenAPI document says beyond the schemas: derived from how each view is declared, so that it stays true."""

from __future__ import annotations

import re
from typing import Any

import flask_smorest
from apispec import APISpec
from marshmallow import Schema, fields

from blog_api.auth import LOGIN, PUBLIC, REFRESH
from blog_api.problems import PROBLEMS, Problem

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    PUBLIC: [{}, {"accessToken": []}],
    LOGIN: [{"accessToken": []}],
    REFRESH: [{"refreshToken": []}],
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "description": "The ETag of the object as you read it; 412 where it has changed since.",
    "schema": {"type": "string"},
    "example": '"3-9f86d081884c7d65"',
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "description": "The ETag that you have; 304 where it is still current.",
    "schema": {"type": "string"},
    "example": '"3-9f86d081884c7d65"',
}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {"description": "The id of this request, as in the log.", "schema": {"type": "string"}},
    "ETag": {
        "description": "The version of the object, for If-Match and If-None-Match.",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where the new object is.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {"description": "The next and the previous page (RFC 8288).", "schema": {"type": "string"}},
    "WWW-Authenticate": {"description": "Bearer (RFC 6750).", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
}
_HEADERS_OF_ERRORS = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}


class FaultSchema(Schema):
    """One thing that is wrong with the input."""

    pointer = fields.String(metadata={"description": "Where in the body (RFC 6901).", "example": "/title"})
    parameter = fields.String(metadata={"description": "Which query parameter."})
    detail = fields.String(required=True, metadata={"example": "This must not be blank."})
    code = fields.String(required=True, metadata={"example": "blank"})


class ProblemSchema(Schema):
    """An error, as RFC 9457 has it."""

    type = fields.String(
        required=True,
        metadata={"description": "A page that explains the problem.", "format": "uri-reference"},
    )
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "The path of the request."})
    request_id = fields.String(required=True)
    errors = fields.List(
        fields.Nested(FaultSchema()), metadata={"description": "For invalid input, what and where."}
    )


class Api(flask_smorest.Api):
    """The smorest Api, with problem+json for errors."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """errors.py has them all."""

    def _register_doc_blueprint(self) -> None:
        """blueprints/documentation.py serves the document."""

    def _register_responses(self) -> None:
        for kind in reversed(PROBLEMS.values()):
            self.spec.components.response(_component(kind.status), _response(kind), lazy=True)

    def describe(self, spec: APISpec) -> None:
        """Add what belongs to the document as a whole."""
        for name, text in (
            ("accessToken", "The access token of /auth/login."),
            ("refreshToken", "The refresh token of /auth/login, for /auth/refresh only."),
        ):
            scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": text}
            spec.components.security_scheme(name, scheme)


def _component(status: int) -> str:
    return f"Problem{status}"


def _response(kind: type[Problem]) -> dict[str, Any]:
    example = {
        "type": f"/problems/{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        "instance": "/api/v1/posts",
        "request_id": "6f1c9c9e0f0b4e0e8a52a3c5d1f7a2b4",
    }
    headers = ["X-Request-ID", *_HEADERS_OF_ERRORS.get(kind.status, [])]
    return {
        "description": kind.title,
        "headers": {name: HEADERS[name] for name in headers},
        "content": {"application/problem+json": {"schema": ProblemSchema, "example": example}},
    }


def response_headers(status: int, schema: Schema | None) -> dict[str, Any]:
    """The headers of a reply of this status that shows `schema`."""
    names = ["X-Request-ID"]
    if status == 201:
        names.append("Location")
    if schema is not None and "pagination" in schema.fields:
        names.append("Link")
    elif schema is not None and "id" in schema.fields:
        names.append("ETag")
    return {name: HEADERS[name] for name in names}


def document(view: Any, rule: str, options: dict[str, Any]) -> None:
    """Complete what smorest knows of a view: operationId, security, errors, the headers it looks at."""
    method = (options.get("methods") or ["GET"])[0]
    doc = view._apidoc
    doc["manual_doc"] = {"operationId": view.__name__, "security": SECURITY[view.access]}
    arguments = doc.setdefault("arguments", {"parameters": []})
    arguments.pop("responses", None)
    responses = doc.setdefault("response", {}).setdefault("responses", {})
    shows_one = any("ETag" in (r.get("headers") or ()) for known in responses.values() for r in known)
    versioned = bool(re.search(r"<\w+:", rule)) or rule.endswith("/me")
    failures = {401, 422, 503, *getattr(view, "fails", ())}
    if getattr(view, "takes_body", False):
        failures |= {400, 413, 415}
    if re.search(r"<", rule):
        failures |= {404}
    if getattr(view, "takes_query", False):
        failures |= {400}
    if method == "GET" and shows_one:
        arguments["parameters"].append(IF_NONE_MATCH)
        responses[304] = [{"description": "You have the current version.", "content_type": None}]
    if method in ("PATCH", "PUT", "DELETE") and versioned and 412 in failures:
        arguments["parameters"].append(IF_MATCH)
        failures |= {400, 409, 428}
    for status in sorted(failures):
        responses.setdefault(status, []).append(_component(status))
