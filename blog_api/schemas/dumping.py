"""Compile schemas to plain dump functions. The schema remains the only definition of the output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from marshmallow import Schema, fields

from blog_api.schemas.fields import AnyValue, ServiceUrl

Dump = Callable[[Any], Any]

# Values that need no conversion: orjson writes aware datetimes in UTC with Z, like Timestamp.
_PLAIN = (fields.String, fields.Integer, fields.Boolean, fields.AwareDateTime, fields.Dict, AnyValue)


def compile_dump(schema: Schema) -> Dump:
    """Return a function that dumps a mapping like `schema.dump`, but leaves datetimes for orjson.

    Like the schema, it skips missing members. At startup, raises TypeError for an unsupported field type.
    """
    inner = {name: _compile_field(field) for name, field in schema.dump_fields.items()}
    whole, is_flat = tuple(inner), not any(inner.values())

    @lru_cache(maxsize=128)
    def dump_of(given: tuple[str, ...]) -> Dump:
        names = tuple(name for name in inner if name in given)
        nested = tuple((name, dump_value) for name in names if (dump_value := inner[name]) is not None)
        return _dump_part(names, nested)

    def dump(source: Any) -> Any:
        given = tuple(source)
        return source if is_flat and given == whole else dump_of(given)(source)

    return dump


def _dump_part(names: tuple[str, ...], nested: tuple[tuple[str, Dump], ...]) -> Dump:
    # itemgetter returns a tuple only for two or more names.
    values_of = itemgetter(*names) if len(names) > 1 else lambda source: [source[name] for name in names]

    def dump(source: Mapping[str, Any]) -> Mapping[str, Any]:
        dumped = dict(zip(names, values_of(source), strict=True))
        for name, dump_value in nested:
            dumped[name] = dump_value(dumped[name])
        return dumped

    return dump


def _dump_list(dump: Dump) -> Dump:
    return lambda values: [dump(value) for value in values]


def _optional(dump: Dump) -> Dump:
    """Return a function that dumps None as None."""
    return lambda value: None if value is None else dump(value)


def _compile_field(field: fields.Field[Any]) -> Dump | None:
    """Return the function that dumps values of the field, or None if they need no conversion."""
    if isinstance(field, ServiceUrl):
        return field.convert
    if isinstance(field, _PLAIN):
        return None
    if isinstance(field, fields.Nested):
        return _optional(compile_dump(field.schema)) if field.allow_none else compile_dump(field.schema)
    if isinstance(field, fields.List):
        inner = _compile_field(field.inner)
        if inner is None:
            return None
        dump_list = _dump_list(inner)
        return _optional(dump_list) if field.allow_none else dump_list
    raise TypeError(f"no plain dump for {field!r}")
