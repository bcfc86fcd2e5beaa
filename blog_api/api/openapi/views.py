"""What the OpenAPI document says of a view beyond its schemas, derived from how it is declared: so it stays true."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema

from blog_api.api.openapi.document import Json
from blog_api.auth.access import LOGIN, PUBLIC, REFRESH, SESSION

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    PUBLIC: [{}, {"accessToken": []}, {"apiToken": []}],
    LOGIN: [{"accessToken": []}, {"apiToken": []}],
    SESSION: [{"accessToken": []}],
    REFRESH: [{"refreshToken": []}],
}


def component(status: int) -> str:
    """The name of the response for the problems of this status."""
    return f"Problem{status}"


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
    failures = error_statuses(view, method, rule)
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
        responses.setdefault(status, []).append(component(status))
    in_path = re.findall(r"<\w+:(\w+)>", rule)
    options["parameters"] = [_path_parameter(name, view.__name__) for name in in_path]


def error_statuses(view: Any, method: str, rule: str) -> set[int]:
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
    owner = operation.partition("_")[2] or operation
    what = f"The id of the {noun}." if member == "id" else f"The {name} of the {owner}."
    return {
        "in": "path",
        "name": name,
        "description": what,
        "example": 1 if member == "id" else "hello-world",
    }
