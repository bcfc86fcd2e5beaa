"""Schemas of errors, for the OpenAPI document only: api/errors.py builds the responses."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from blog_api.schemas.fields import AnyValue

# A pointer contains the field name, which can fill the whole body, and each ~ is escaped as two characters.
_LONGEST_POINTER = 2 * 8 * 1024 * 1024
_MOST_FAULTS = 100


def _text(description: str, most: int, **options: Any) -> fields.String:
    return fields.String(metadata={"description": description, "maxLength": most}, **options)


class Fault(Schema):
    """One error in the input, with either a pointer or a parameter."""

    pointer = _text("JSON pointer to the invalid value in the body (RFC 6901).", _LONGEST_POINTER)
    parameter = _text("Name of the invalid query parameter.", 8190)
    detail = _text("Human-readable description of the error.", 1000, required=True)
    code = _text("Machine-readable error code.", 50, required=True)


class Conflict(Schema):
    """The values of a member that two people have changed."""

    base = AnyValue("The value that both began with. Missing if it is unknown.", "Hello", required=False)
    yours = AnyValue("The value in the request.", "Hello, world")
    theirs = AnyValue("The present value.", "Hello, you")


class Problem(Schema):
    """An error response (RFC 9457)."""

    type = _text("URI reference of a page that explains the problem.", 1000, required=True)
    title = _text("Short name of the kind of problem.", 200, required=True)
    status = fields.Integer(
        required=True, metadata={"description": "HTTP status code.", "minimum": 400, "maximum": 599}
    )
    detail = _text("Explanation of this occurrence of the problem.", 1000, required=True)
    instance = _text("Address of the request, without the query.", 10_000, required=True)
    request_id = _text("Id of the request, as in the logs of the service.", 64, required=True)
    errors = fields.List(
        fields.Nested(Fault()),
        validate=validate.Length(max=_MOST_FAULTS),
        metadata={"description": f"The first {_MOST_FAULTS} errors in the input."},
    )
    conflict = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(Conflict()),
        metadata={
            "description": "For a change to an earlier version: the members that somebody else has changed to another "
            "value since.",
        },
    )
