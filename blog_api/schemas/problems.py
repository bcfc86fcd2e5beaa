"""Errors, as they go out. Only described here: api/errors.py writes them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

# A pointer repeats the name of a field, and a body may be all name; each ~ becomes two characters.
_LONGEST_POINTER = 2 * 8 * 1024 * 1024
_MOST_FAULTS = 100


def _text(description: str, most: int, **options: Any) -> fields.String:
    return fields.String(metadata={"description": description, "maxLength": most}, **options)


class Fault(Schema):
    """One thing that is wrong with the input. It has a pointer or a parameter."""

    pointer = _text("Where in the body (RFC 6901).", _LONGEST_POINTER)
    parameter = _text("Which query parameter.", 8190)
    detail = _text("What is wrong, for a person.", 1000, required=True)
    code = _text("What is wrong, for a program.", 50, required=True)


class Problem(Schema):
    """An error, as RFC 9457 has it."""

    type = _text("The address of a page that explains the problem.", 100, required=True)
    title = _text("What kind of problem this is.", 200, required=True)
    status = fields.Integer(
        required=True, metadata={"description": "The status.", "minimum": 400, "maximum": 599}
    )
    detail = _text("What happened here.", 1000, required=True)
    instance = _text("The path of the request.", 8190, required=True)
    request_id = _text("The id of the request.", 64, required=True)
    errors = fields.List(
        fields.Nested(Fault()),
        validate=validate.Length(max=_MOST_FAULTS),
        metadata={"description": "For invalid input, what and where: the first of the faults."},
    )
