"""A field for objects inside objects."""

from __future__ import annotations

from typing import Any

from marshmallow import fields


class Nested(fields.Nested):
    """A nested object whose own schema decides whether it may be partial, not the one around it.

    marshmallow's field passes `partial=True` of a PATCH on to every object inside.
    """

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        return super()._deserialize(value, attr, data, partial=None, **kwargs)
