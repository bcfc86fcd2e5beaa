"""Fields for objects inside objects."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields

from blog_api.schemas.base import REQUIRED, Message
from blog_api.schemas.merging import MergePatch


class Nested(fields.Nested):
    """A nested object whose own schema decides whether it may be partial, not the one around it.

    marshmallow's field passes `partial=True` of a PATCH on to every object inside.
    """

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, partial: Any = None, **kwargs: Any
    ) -> Any:
        if isinstance(value, MergePatch):
            # The result of the merge is validated (schemas/merging.py).
            return value
        return super()._deserialize(value, attr, data, partial=None, **kwargs)


class Ignored(fields.Raw):
    """A request field whose value is ignored."""

    def __init__(self) -> None:
        metadata = {"readOnly": True, "description": "Ignored."}
        super().__init__(allow_none=True, metadata=metadata)


class ValueOrObject(fields.Field[Any]):
    """A value, or an object that has it as its member `name`. Load the value."""

    def __init__(self, name: str, value: fields.Field[Any], schema: Schema, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.member, self.value, self.schema = name, value, schema

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            return self.schema.load(value)[self.member]
        return self.value.deserialize(value, attr, data)


class OneOf(fields.Field[Any]):
    """A list item that is an object of one of several schemas, selected by its member `discriminator`.

    Load the object with its schema. If it is invalid, return the ValidationError instead of raising it.
    """

    default_error_messages = {
        "invalid": Message("This must be an object.", "wrong_type"),
        "schema": Message("This must be one of: {choices}.", "not_a_choice"),
    }

    def __init__(self, discriminator: str, schemas: dict[str, Schema], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.discriminator, self.schemas = discriminator, schemas

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        try:
            return self._schema_of(value).load(value)
        except ValidationError as error:
            return error

    def _schema_of(self, value: Any) -> Schema:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        if self.discriminator not in value:
            raise ValidationError({self.discriminator: [REQUIRED]})
        name = value[self.discriminator]
        if not isinstance(name, str) or name not in self.schemas:
            messages = self.make_error("schema", choices=", ".join(self.schemas)).messages
            raise ValidationError({self.discriminator: messages})
        return self.schemas[name]
