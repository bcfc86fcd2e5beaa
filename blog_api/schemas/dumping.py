"""Dumping by a plain function: compiled once from a schema, which stays the one definition of what goes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
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
    inner = {name: _compile_field(field) for name, field in schema.dump_fields.items()}
    whole, is_flat = tuple(inner), not any(inner.values())

    @lru_cache(maxsize=128)
    def plan_of(given: tuple[str, ...]) -> Dump:
        names = tuple(name for name in inner if name in given)
        nested = tuple((name, dump_value) for name in names if (dump_value := inner[name]) is not None)
        return _dump_part(names, nested)

    def dump(source: Any) -> Any:
        given = tuple(source)
        return source if is_flat and given == whole else plan_of(given)(source)

    return dump


def _dump_part(names: tuple[str, ...], nested: tuple[tuple[str, Dump], ...]) -> Dump:
    # itemgetter gives a tuple for two names and more.
    values_of = itemgetter(*names) if len(names) > 1 else lambda source: [source[name] for name in names]

    def dump(source: Mapping[str, Any]) -> Mapping[str, Any]:
        dumped = dict(zip(names, values_of(source), strict=True))
        for name, dump_value in nested:
            dumped[name] = dump_value(dumped[name])
        return dumped

    return dump


def _compile_field(field: fields.Field[Any]) -> Dump | None:
    """How to dump the values of a field; None where they go out as they are."""
    if isinstance(field, _PLAIN):
        return None
    if isinstance(field, fields.Nested):
        return compile_dump(field.schema)
    if isinstance(field, fields.List):
        inner = _compile_field(field.inner)
        if inner is None:
            return None
        return lambda values: [inner(value) for value in values]
    raise TypeError(f"no plain dump for {field!r}")
