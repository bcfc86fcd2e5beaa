"""Bodies of PATCH: JSON Merge Patch (RFC 7396), and plain JSON with only the fields to change."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from marshmallow import Schema

from blog_api.schemas.merging import MergePatch

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
ACCEPT_PATCH = f"{MERGE_PATCH}, {JSON}"


def body_types(method: str) -> tuple[str, ...]:
    """Return the media types of request bodies that this method accepts."""
    return (JSON, MERGE_PATCH) if method == "PATCH" else (JSON,)


def prepare_merge_patch(body: Any, schema: Schema) -> Any:
    """Return a merge patch with defaults in place of nulls, and with objects marked for merging, as the schema says."""
    defaults: dict[str, Any] = getattr(schema, "defaults", {})
    merged: frozenset[str] = getattr(schema, "merged", frozenset())
    if not isinstance(body, dict):
        return body
    prepared = dict(body)
    for name, value in body.items():
        if value is None and name in defaults:
            prepared[name] = defaults[name]
        elif isinstance(value, dict) and name in merged:
            prepared[name] = MergePatch(value)
    return prepared


def init_app(app: Flask) -> None:
    """Send Accept-Patch (RFC 5789) with every response of a URL that has PATCH. Call this after adding the routes."""
    rules = frozenset(rule.rule for rule in app.url_map.iter_rules() if "PATCH" in (rule.methods or ()))

    @app.after_request
    def add_accept_patch(response: Response) -> Response:
        if request.url_rule is not None and request.url_rule.rule in rules:
            response.headers["Accept-Patch"] = ACCEPT_PATCH
        return response
