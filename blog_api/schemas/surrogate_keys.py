"""Compile schemas to functions that name the objects in a response, for caches that can be purged by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

# Yields the keys of an object. Raises KeyError if it lacks the id.
Keys = Callable[[Mapping[str, Any]], Iterator[str]]


def compile_keys(schema: Schema) -> Keys:
    """Return the function that yields a key for each object of the schema, such as `post-12`, with those inside it.

    The key of an object begins with the `surrogate` of its schema. Objects of other schemas, and those without an id,
    have none. If an object is always purged with another one, `belongs_to` names the member with its id and its
    `surrogate`. It then has that key instead of its own, so that a long list has few keys.
    """
    return _compile(schema) or (lambda _item: iter(()))


def _compile(schema: Schema) -> Keys | None:
    kind = getattr(schema, "surrogate", "")
    ids: dict[str, str] = getattr(schema, "belongs_to", {"id": kind} if kind else {})
    inner = {
        name: keys
        for name, field in schema.dump_fields.items()
        if isinstance(nested := field.inner if isinstance(field, fields.List) else field, fields.Nested)
        and (keys := _compile(nested.schema)) is not None
    }
    if not kind and not inner:
        return None

    def keys_of(item: Mapping[str, Any]) -> Iterator[str]:
        for member, named in ids.items():
            if item[member] is not None:
                yield f"{named}-{item[member]}"
        for name, keys in inner.items():
            value = item.get(name)
            for nested in value if isinstance(value, list) else [value]:
                if nested is not None:
                    yield from keys(nested)

    return keys_of


def kind_of(schema: Schema) -> str:
    """Return the `surrogate` of the objects of a schema, or of the items of a page. Empty if they have none."""
    data = schema.dump_fields.get("data")
    if isinstance(data, fields.List) and isinstance(data.inner, fields.Nested):
        schema = data.inner.schema
    kind: str = getattr(schema, "surrogate", "")
    return kind
