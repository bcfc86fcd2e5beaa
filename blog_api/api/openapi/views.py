"""Derive the OpenAPI description of a view from its declaration, so that the two cannot diverge."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema

from blog_api.api.deprecations import DESCRIPTIONS
from blog_api.api.dry_runs import ABSENT_HEADERS
from blog_api.api.openapi.document import Json
from blog_api.auth.access import GUEST, LOGIN, PUBLIC, REFRESH, SESSION

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    PUBLIC: [{}, {"accessToken": []}, {"apiToken": []}],
    GUEST: [{}, {"accessToken": []}, {"apiToken": []}],
    LOGIN: [{"accessToken": []}, {"apiToken": []}],
    SESSION: [{"accessToken": []}],
    REFRESH: [{"refreshToken": []}],
}


def _security(access: str, method: str) -> list[dict[str, list[str]]]:
    # A token makes no difference to a login, but shows more in public lists.
    return [] if access == PUBLIC and method != "GET" else SECURITY[access]


def component(status: int) -> str:
    """Return the name of the response component for problems with this status."""
    return f"Problem{status}"


def optional(header: str) -> str:
    """Return the component of a header in a response to a write that can be a dry run."""
    return f"{header}-unless-dry-run" if header in ABSENT_HEADERS else header


def response_headers(status: int, schema: Schema | None) -> dict[str, str]:
    """Return the headers of a response with this status and schema."""
    names = ["X-Request-ID"]
    if status == 201:
        names.append("Location")
    if schema is not None and "pagination" in schema.fields:
        names += ["Link", "ETag"]
    elif schema is not None and getattr(schema, "has_etag", "id" in schema.fields):
        names.append("ETag")
    return {name: name for name in names}


def document(view: Any, rule: str, options: dict[str, Any]) -> None:
    """Add to the smorest metadata of a view: operationId, security, errors, and parameters not in its schemas."""
    method = (options.get("methods") or ["GET"])[0]
    doc = view._apidoc
    # With what `blueprint.doc` has added.
    own = doc.setdefault("manual_doc", {})
    own |= {"operationId": view.__name__, "security": _security(view.access, method)}
    arguments = doc.setdefault("arguments", {"parameters": []})
    arguments.pop("responses", None)
    responses = doc.setdefault("response", {}).setdefault("responses", {})
    success = [response for group in responses.values() for response in group]
    failures = error_statuses(view, method, rule)
    if hasattr(view, "deprecation"):
        own["deprecated"] = True
        for response in success:
            response["headers"] |= {"Link": "Link", **DESCRIPTIONS}
    if method == "GET":
        _describe_read(rule, responses, success, arguments["parameters"])
    else:
        _describe_write(view, method, success, arguments["parameters"])
    # The operations in a bulk request have versions of their own.
    if 412 in failures and (method != "POST" or "<" in rule):
        arguments["parameters"].append("If-Match")
    for status in sorted(failures):
        responses.setdefault(status, []).append(component(status))
    in_path = re.findall(r"<\w+:(\w+)>", rule)
    options["parameters"] = [_path_parameter(name, view.__name__) for name in in_path]


def _describe_read(rule: str, responses: dict[int, Any], success: list[Json], parameters: list[Any]) -> None:
    """Add the responses without a body: 304, and 308 for a former name."""
    if any("ETag" in response["headers"] for response in success):
        parameters.append("If-None-Match")
        headers = {name: name for name in success[0]["headers"]}
        unchanged = {"description": "Not modified: you have the current version.", "headers": headers}
        responses[304] = [{**unchanged, "content_type": None}]
    if re.search(r"<(slug|username):", rule):
        moved = "Moved: the object has another name now."
        names = {name: name for name in ("X-Request-ID", "Location")}
        responses[308] = [{"description": moved, "headers": names, "content_type": None}]


def _describe_write(view: Any, method: str, success: list[Json], parameters: list[Any]) -> None:
    """Add what writes have in common: Idempotency-Key, dry runs and Accept-Patch."""
    added = {"Accept-Patch": "Accept-Patch"} if method == "PATCH" else {}
    if view.takes_key:
        parameters.append("Idempotency-Key")
        added["Idempotency-Replayed"] = "Idempotency-Replayed"
    if view.takes_dry_run:
        parameters.append("dry_run")
        added["Dry-Run"] = "Dry-Run"
    for response in success:
        response["headers"] |= added
        if view.takes_dry_run:
            response["headers"] = {name: optional(name) for name in response["headers"]}


def error_statuses(view: Any, method: str, rule: str) -> set[int]:
    """Return the error statuses of a view: those implied by its path, method and input, and those it declares."""
    failures = {400, 401, 414, 422, 429, 431, 503, *getattr(view, "fails", ())}
    if "<" in rule:
        failures.add(404)
    if view.access in (GUEST, SESSION) or (view.access == LOGIN and method != "GET"):
        # An API token can lack the permission.
        failures.add(403)
    if method != "GET":
        # Any write can conflict with another one.
        failures.add(409)
    if getattr(view, "takes_body", False) or hasattr(view, "may_upload"):
        failures |= {413, 415}
    if 412 in failures:
        failures.add(428)
    return failures


def _path_parameter(name: str, operation: str) -> Json:
    noun, _, member = name.rpartition("_")
    # Views are named as in `read_post_by_slug`.
    owner = operation.split("_")[min(1, operation.count("_"))]
    owner = owner.partition("_by_")[0]
    what = f"The id of the {noun}." if member == "id" else f"The {name} of the {owner}."
    return {
        "in": "path",
        "name": name,
        "description": what,
        "example": 1 if member in ("id", "number") else "ada" if name == "username" else "hello-world",
    }
