"""The base of all schemas: reject unknown fields, and attach machine-readable codes to messages."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from itertools import islice
from typing import Any, ClassVar, Self

from marshmallow import Schema as MarshmallowSchema
from marshmallow import ValidationError, fields


class Message(str):
    """An error message with a code, which survives str.format."""

    code: str

    def __new__(cls, text: str, code: str) -> Self:
        message = super().__new__(cls, text)
        message.code = code
        return message

    def __reduce__(self) -> tuple[type[Message], tuple[str, str]]:
        return Message, (str(self), self.code)

    def format(self, *args: Any, **kwargs: Any) -> Message:
        return Message(super().format(*args, **kwargs), self.code)


# The maximum number of unknown fields to report, and the longest name for which to look up a suggestion.
MAX_UNKNOWN = 20
MAX_SUGGESTION_LENGTH = 100

REQUIRED = Message("This field is required.", "required")
NULL = Message("This must not be null.", "null")

fields.List.default_error_messages = {"invalid": Message("This must be a list.", "wrong_type")}
fields.Field.default_error_messages = {
    "required": REQUIRED,
    "null": NULL,
    "validator_failed": Message("This value is invalid.", "invalid"),
}


class Schema(MarshmallowSchema):
    """The base of all schemas. Reject unknown fields, and suggest the closest known name."""

    error_messages = {"type": Message("This must be an object.", "wrong_type")}
    # Messages for unknown fields that clients are known to send.
    hints: ClassVar[dict[str, str]] = {}
    # The values of fields that a merge patch (RFC 7396) sets to null.
    defaults: ClassVar[dict[str, Any]] = {}
    # The fields whose objects a merge patch merges.
    merged: ClassVar[frozenset[str]] = frozenset()

    def load(self, data: Any, **kwargs: Any) -> Any:
        """Load like marshmallow. If there are many unknown fields, report only the first MAX_UNKNOWN."""
        if isinstance(data, dict) and len(data) > len(self.load_fields) + MAX_UNKNOWN:
            # marshmallow reports each one, which takes seconds for a body with very many names.
            known = self._names()
            unknown = islice((name for name in data if name not in known), MAX_UNKNOWN)
            data = {name: data[name] for name in (*(known & data.keys()), *unknown)}
        return super().load(data, **kwargs)

    def _names(self) -> set[str]:
        return {field.data_key or name for name, field in self.load_fields.items()}

    def _suggest(self, name: str) -> Message:
        if name in self.hints:
            return Message(self.hints[name], "unknown")
        # In a fixed order, so that ties always resolve to the same name.
        known = [field.data_key or key for key, field in self.load_fields.items()]
        close = difflib.get_close_matches(name, known, n=1) if len(name) <= MAX_SUGGESTION_LENGTH else []
        hint = f" Did you mean {close[0]}?" if close else ""
        return Message(f"This field is unknown.{hint}", "unknown")

    def handle_error(self, error: ValidationError, data: Any, *, many: bool, **kwargs: Any) -> None:
        """Replace the message of each unknown field by one with a suggestion."""
        messages = error.messages
        if isinstance(messages, dict) and isinstance(data, Mapping):
            for name in sorted(set(data) & set(messages) - self._names()):
                # marshmallow reports them in random order.
                del messages[name]
                messages[name] = [self._suggest(name)]
