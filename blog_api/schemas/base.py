"""What all schemas share: closed input, and messages that carry a code for programs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from itertools import islice
from typing import Any, Self

from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields


class Message(str):
    """An error message that carries its code, also through str.format."""

    code: str

    def __new__(cls, text: str, code: str) -> Self:
        message = super().__new__(cls, text)
        message.code = code
        return message

    def __reduce__(self) -> tuple[type[Message], tuple[str, str]]:
        return Message, (str(self), self.code)

    def format(self, *args: Any, **kwargs: Any) -> Message:
        return Message(super().format(*args, **kwargs), self.code)


# How many unknown fields are told, and up to which length one may be a misspelled name.
MAX_UNKNOWN = 20
MAX_SUGGESTION_LENGTH = 100

REQUIRED = Message("This field is required.", "required")
NULL = Message("This must not be null.", "null")

fields.List.default_error_messages = {"invalid": Message("This must be a list.", "wrong_type")}
fields.Field.default_error_messages = {
    "required": REQUIRED,
    "null": NULL,
    "validator_failed": Message("This is not valid.", "invalid"),
}


class Schema(MarshmallowSchema):
    """Base of all schemas. Unknown fields are refused, with a suggestion where one is close."""

    error_messages = {"type": Message("This must be an object.", "wrong_type")}

    def load(self, data: Any, **kwargs: Any) -> Any:
        """As marshmallow does it, but for most of the unknown fields where there are many: they are passed over."""
        if isinstance(data, dict) and len(data) > len(self.load_fields) + MAX_UNKNOWN:
            # Each would be refused by itself, which takes seconds for a body of names.
            known = self._names()
            unknown = islice((name for name in data if name not in known), MAX_UNKNOWN)
            data = {name: data[name] for name in (*(known & data.keys()), *unknown)}
        return super().load(data, **kwargs)

    def _names(self) -> set[str]:
        return {field.data_key or name for name, field in self.load_fields.items()}

    def _suggest(self, name: str) -> Message:
        # In their order, so that of two that are as close it is always the same.
        known = [field.data_key or key for key, field in self.load_fields.items()]
        close = difflib.get_close_matches(name, known, n=1) if len(name) <= MAX_SUGGESTION_LENGTH else []
        hint = f" Did you mean {close[0]}?" if close else ""
        return Message(f"This field is unknown.{hint}", "unknown")

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Put the suggestion for each unknown field into the error."""
        messages = error.messages
        if isinstance(messages, dict) and isinstance(data, Mapping):
            for name in sorted(set(data) & set(messages) - self._names()):
                messages[name] = [self._suggest(name)]
