"""Dumping by a plain function: compiled once from a schema, which stays the one definition of what goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields

Dump = Callable[[Any], Any]

# Their values go out as they are: orjson writes aware datetimes in UTC with Z, as Timestamp does.
_PLAIN = (fields.String, fields.Integer, fields.Boolean, fields.AwareDateTime)


def compile_dump(schema: Schema) -> Dump:
    """A function that gives for a mapping what `schema.dump` gives, with datetimes left for orjson to write.

    Like the schema it leaves out what is not there. Raises TypeError, at start, for a kind of field that it does not
    know.
    """
    plan = tuple((name, _compile_field(field)) for name, field in schema.dump_fields.items())

    def dump(source: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: source[name] if inner is None else inner(source[name])
            for name, inner in plan
            if name in source
        }

    return dump


def _compile_field(field: fields.Field[Any]) -> Dump | None:
    """How to dump the values of a field; None where they go out as they are."""
    if isinstance(field, _PLAIN):
        return None
    if isinstance(field, fields.Nested):
        return compile_dump(field.schema)
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        inner = compile_dump(field.inner.schema)
        return lambda values: [inner(value) for value in values]
    raise TypeError(f"no plain dump for {field!r}")
