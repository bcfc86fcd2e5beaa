"""Field types that trim and bound their input and report errors with machine-readable codes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate

from blog_api.context import exchange
from blog_api.paging.cursors import ID_PATTERN, MAX_INTEGER
from blog_api.schemas.base import Message
from blog_api.text.controls import CONTROLS, CONTROLS_AND_LINE_BREAKS, find_control
from blog_api.text.folding import MAX_MARKS, has_excessive_marks, is_blank
from blog_api.text.times import format_time

# The most common characters that text.folding treats as invisible.
_INVISIBLE = r"\s\x80-\x9f\xad\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff"


def _pattern_of(min_length: int, multiline: bool) -> str:
    forbidden = CONTROLS if multiline else CONTROLS_AND_LINE_BREAKS
    allowed = f"[^{forbidden}]*"
    return f"^{allowed}[^{forbidden}{_INVISIBLE}]{allowed}$" if min_length else f"^{allowed}$"


class Text(fields.String):
    """A string of `min_length` to `max_length` characters, counted after trimming, without control characters.

    Return it trimmed unless `verbatim` is set. Reject line breaks unless `multiline` is set.
    """

    default_error_messages = {
        "invalid": Message("This must be a string.", "wrong_type"),
        "control": Message("This must not contain control characters.", "control_character"),
        "marks": Message(f"At most {MAX_MARKS} combining marks in a row are allowed.", "malformed"),
        "blank": Message("This must not be blank.", "blank"),
        "short": Message("This must have at least {min} characters.", "too_short"),
        "long": Message("This must have at most {max} characters.", "too_long"),
    }

    def __init__(
        self, min_length: int, max_length: int, *, multiline: bool = False, verbatim: bool = False, **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.min_length, self.max_length = min_length, max_length
        self.multiline, self.verbatim = multiline, verbatim
        bounds = {"maxLength": max_length, **({"minLength": min_length} if min_length else {})}
        self.metadata = {**bounds, "pattern": _pattern_of(min_length, multiline), **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if find_control(text, multiline=self.multiline) is not None:
            raise self.make_error("control")
        trimmed = text.strip()
        # Check the length before the checks that scan each character.
        if len(trimmed) > self.max_length:
            raise self.make_error("long", max=self.max_length)
        if has_excessive_marks(trimmed):
            raise self.make_error("marks")
        if is_blank(trimmed):
            if self.min_length:
                raise self.make_error("blank")
            trimmed = ""
        if len(trimmed) < self.min_length:
            raise self.make_error("short", min=self.min_length)
        # A verbatim string may end in a few blank lines, but not in megabytes of them.
        return text if self.verbatim and len(text) <= self.max_length else trimmed


class Pattern(Text):
    """A string that fully matches a regular expression. `message` is the error when it does not."""

    def __init__(
        self, pattern: str, min_length: int, max_length: int, *, message: str, **kwargs: Any
    ) -> None:
        super().__init__(min_length, max_length, **kwargs)
        self.pattern, self.message = re.compile(pattern), message
        self.metadata = {**self.metadata, "pattern": f"^(?:{pattern})$" if "|" in pattern else f"^{pattern}$"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            raise ValidationError(Message(self.message, "malformed"))
        return text


class OutputString(fields.String):
    """A string in a response, of at most `max_length` characters."""

    def __init__(self, max_length: int, example: str | None = None, **kwargs: Any) -> None:
        metadata = {"maxLength": max_length, **kwargs.pop("metadata", {})}
        if example is not None:
            metadata["example"] = example
        super().__init__(**{"required": True, "metadata": metadata, **kwargs})


class ServiceUrl(OutputString):
    """A URL in a response. URLs of this service are stored as paths, and shown below PUBLIC_URL."""

    @staticmethod
    def convert(value: str) -> str:
        """Return the URL for a path of this service. Return any other URL unchanged."""
        return f"{exchange.service_root}{value}" if value.startswith("/") else value

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else self.convert(value)


class AnyValue(fields.Raw):
    """A response field with a value of any type."""

    def __init__(self, description: str, example: Any, *, required: bool = True) -> None:
        metadata = {"description": description, "example": example}
        super().__init__(required=required, allow_none=True, metadata=metadata)


class Choice(fields.String):
    """A string from a fixed set."""

    default_error_messages = {"invalid": Message("This must be a string.", "wrong_type")}

    def __init__(self, choices: tuple[str, ...], **kwargs: Any) -> None:
        message = Message("This must be one of: {choices}.", "not_a_choice")
        super().__init__(validate=validate.OneOf(choices, error=message), **kwargs)


class Integer(fields.Integer):
    """An integer in a JSON body, from `minimum` to `maximum`. Strings, fractions and booleans are invalid.

    1.0 counts as 1, as in JSON Schema: many languages serialize integers that way.
    """

    def __init__(self, minimum: int = 1, maximum: int = MAX_INTEGER, **kwargs: Any) -> None:
        message = Message("This must be an integer from {min} to {max}.", "out_of_range")
        super().__init__(strict=True, validate=validate.Range(minimum, maximum, error=message), **kwargs)
        self.error_messages["invalid"] = Message("This must be an integer.", "wrong_type")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class QueryInteger(Integer):
    """An integer in a query string: decimal digits without a sign or leading zeros."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch(f"0|{ID_PATTERN}", value):
            raise self.make_error("invalid", input=value)
        return int(value)


class Boolean(fields.Boolean):
    """A boolean in a JSON body."""

    default_error_messages = {"invalid": Message("This must be true or false.", "wrong_type")}
    accepted: ClassVar[tuple[object, object]] = (False, True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        for result, spelling in enumerate(self.accepted):
            if type(value) is type(spelling) and value == spelling:
                return bool(result)
        raise self.make_error("invalid", input=value)


class QueryBoolean(Boolean):
    """A boolean in a query string: true or false."""

    accepted = ("false", "true")


class Timestamp(fields.AwareDateTime):
    """An RFC 3339 timestamp with an offset. Loaded as UTC and dumped with Z."""

    default_error_messages = {
        "invalid": Message(
            "This must be a timestamp with an offset, such as 2026-01-31T12:00:00Z (encode + as %2B in a URL).",
            "malformed",
        ),
    }
    # Python keeps six fractional digits, but some clients send nine. It accepts an offset of -00:60, and 24:00:00.
    _FORMAT = re.compile(
        r"\d{4}-\d\d-\d\d[Tt ](?!24)\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:[0-5]\d)", re.ASCII
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"maxLength": 35, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not self._FORMAT.fullmatch(value):
            raise self.make_error("invalid", input=value)
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid", input=value) from error

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_time(value)


class List(fields.List[Any]):
    """A list that checks its length before its items, to reject a long list quickly with one short error."""

    def __init__(self, item: fields.Field[Any], length: validate.Length, **kwargs: Any) -> None:
        super().__init__(item, validate=length, **kwargs)
        self.length = length

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self.length(value)
        return super()._deserialize(value, attr, data, **kwargs)


class DelimitedList(fields.String):
    """A comma-separated list in a query parameter, which may also be repeated, as many generated clients do.

    Load a tuple of the distinct items, in order.
    """

    is_multiple = True

    def __init__(self, item: fields.Field[Any], *, max_items: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item, self.max_items = item, max_items

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        items = [item for part in value for item in part.split(",")]
        if len(items) > self.max_items:
            raise ValidationError(Message(f"At most {self.max_items} values are allowed.", "too_many"))
        return tuple(dict.fromkeys(self.item.deserialize(item, attr, data) for item in items))
