"""Merge objects inside a body as JSON Merge Patch does (RFC 7396)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError


class MergePatch(dict[str, Any]):
    """The value of an object field in a merge patch, to be merged into the present value."""


def merge(present: Any, patch: Any) -> Any:
    """Return the result of a merge patch."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(present) if isinstance(present, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge(merged.get(name), value)
    return merged


def merge_fields(schema: Schema, data: Mapping[str, Any], present: object) -> dict[str, Any]:
    """Return the loaded data with the result in place of each merge patch. `present` has the present values.

    Raises ValidationError if a result is invalid.
    """
    merged = dict(data)
    for name, field in schema.load_fields.items():
        attribute = field.attribute or name
        if isinstance(patch := data.get(attribute), MergePatch):
            value = merge(getattr(present, attribute), patch)
            try:
                merged[attribute] = field.deserialize(value)
            except ValidationError as error:
                raise ValidationError({name: error.messages}) from error
    return merged
