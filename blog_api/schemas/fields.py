"""The field types of this API: trimmed and bounded, and each error with a code for programs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, validate

from blog_api.paging.cursors import MAX_INTEGER
from blog_api.schemas.base import REQUIRED, Message
from blog_api.text.folding import MOST_MARKS, heaps_marks, is_blank

# As regular expressions write them, since the OpenAPI document shows them too.
_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_CONTROLS_AND_LINE_BREAKS = r"\x00-\x1f\x7f\x85\u2028\u2029"
_FORBIDDEN = {
    lines: re.compile(f"[{signs}\ud800-\udfff]")
    for lines, signs in ((True, _CONTROLS), (False, _CONTROLS_AND_LINE_BREAKS))
}
# The commonest of what text.folding counts as showing nothing.
_INVISIBLE = r"\s\x80-\x9f\xad\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff"


def _pattern_of(low: int, multiline: bool) -> str:
    refused = _CONTROLS if multiline else _CONTROLS_AND_LINE_BREAKS
    some = f"[^{refused}]*"
    return f"^{some}[^{refused}{_INVISIBLE}]{some}$" if low else f"^{some}$"


class Text(fields.String):
    """Text of `low` to `high` characters, counted after trimming; control characters are refused.

    Trimmed, unless `verbatim` says to store it as it came. Line breaks are refused unless `multiline` allows them.
    """

    default_error_messages = {
        "invalid": Message("This must be a string.", "wrong_type"),
        "control": Message("This contains a control character.", "control_character"),
        "marks": Message(f"This has more than {MOST_MARKS} combining marks in a row.", "malformed"),
        "blank": Message("This must not be blank.", "blank"),
        "short": Message("This must have at least {min} characters.", "too_short"),
        "long": Message("This must have at most {max} characters.", "too_long"),
    }

    def __init__(
        self, low: int, high: int, *, multiline: bool = False, verbatim: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.low, self.high, self.multiline, self.verbatim = low, high, multiline, verbatim
        minimum = {"minLength": low} if low else {}
        pattern = _pattern_of(low, multiline)
        self.metadata = {"maxLength": high, **minimum, "pattern": pattern, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if _FORBIDDEN[self.multiline].search(text):
            raise self.make_error("control")
        trimmed = text.strip()
        # Before its characters are looked at one by one.
        if len(trimmed) > self.high:
            raise self.make_error("long", max=self.high)
        if heaps_marks(trimmed):
            raise self.make_error("marks")
        if is_blank(trimmed):
            if self.low:
                raise self.make_error("blank")
            trimmed = ""
        if len(trimmed) < self.low:
            raise self.make_error("short", min=self.low)
        # What is kept as it came may end in a few blank lines, but not in megabytes of them.
        return text if self.verbatim and len(text) <= self.high else trimmed


class Pattern(Text):
    """Text that matches a regular expression as a whole."""

    def __init__(self, pattern: str, low: int, high: int, *, message: str, **kwargs: Any) -> None:
        super().__init__(low, high, **kwargs)
        self.pattern, self.message = re.compile(pattern), message
        self.metadata = {**self.metadata, "pattern": f"^(?:{pattern})$" if "|" in pattern else f"^{pattern}$"}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text):
            raise ValidationError(Message(self.message, "malformed"))
        return text


class OutputString(fields.String):
    """Text of at most `high` characters, as it is shown."""

    def __init__(self, high: int, example: str | None = None, **kwargs: Any) -> None:
        metadata = {"maxLength": high, **kwargs.pop("metadata", {})}
        if example is not None:
            metadata["example"] = example
        super().__init__(**{"required": True, "metadata": metadata, **kwargs})


class Choice(fields.String):
    """One of a few words."""

    default_error_messages = {"invalid": Message("This must be a string.", "wrong_type")}

    def __init__(self, choices: tuple[str, ...], **kwargs: Any) -> None:
        message = Message("This must be one of: {choices}.", "not_a_choice")
        super().__init__(validate=validate.OneOf(choices, error=message), **kwargs)


class Integer(fields.Integer):
    """A number of a JSON body, from `low` to `high`: no string, no fraction, no boolean.

    1.0 is 1, as JSON Schema has it: many languages write it so.
    """

    def __init__(self, low: int = 1, high: int = MAX_INTEGER, **kwargs: Any) -> None:
        message = Message("This must be a whole number from {min} to {max}.", "out_of_range")
        super().__init__(strict=True, validate=validate.Range(low, high, error=message), **kwargs)
        self.error_messages["invalid"] = Message("This must be a whole number.", "wrong_type")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class QueryInteger(Integer):
    """A number of a query string: decimal digits, without sign or leading zeros."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", value):
            raise self.make_error("invalid", input=value)
        return int(value)


class Boolean(fields.Boolean):
    """true or false, of a JSON body."""

    default_error_messages = {"invalid": Message("This must be true or false.", "wrong_type")}
    accepted: ClassVar[tuple[object, object]] = (False, True)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        for meaning, spelling in enumerate(self.accepted):
            if type(value) is type(spelling) and value == spelling:
                return bool(meaning)
        raise self.make_error("invalid", input=value)


class QueryBoolean(Boolean):
    """true or false, of a query string."""

    accepted = ("false", "true")


class Timestamp(fields.AwareDateTime):
    """A time of RFC 3339 with its offset; kept and shown in UTC, with Z."""

    default_error_messages = {
        "invalid": Message(
            "This must be a time with its offset, such as 2026-01-31T12:00:00Z (a + is written %2B in a URL).",
            "malformed",
        ),
    }
    # Python keeps six digits of a fraction; others send nine.
    _FORM = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {"maxLength": 35, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or not self._FORM.fullmatch(value):
            raise self.make_error("invalid", input=value)
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid", input=value) from error

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.replace(tzinfo=None).isoformat() + "Z"


class List(fields.List[Any]):
    """A list whose length is looked at before its items are: the refusal of a long one is short, and soon made."""

    def __init__(self, item: fields.Field[Any], length: validate.Length, **kwargs: Any) -> None:
        super().__init__(item, validate=length, **kwargs)
        self.length = length

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self.length(value)
        return super()._deserialize(value, attr, data, **kwargs)


class DelimitedList(fields.String):
    """A list in a query parameter, separated by commas, or given several times, as many generated clients send lists.

    Gives a tuple of distinct items, in order.
    """

    is_multiple = True

    def __init__(self, item: fields.Field[Any], *, max_items: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item, self.max_items = item, max_items

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        given = [word for part in value for word in part.split(",")]
        if len(given) > self.max_items:
            raise ValidationError(Message(f"At most {self.max_items} values.", "too_many"))
        return tuple(dict.fromkeys(self.item.deserialize(word, attr, data) for word in given))


class OneOf(fields.Field[Any]):
    """An item of a list: an object of one of several kinds, which its member `discriminator` names.

    Gives what the schema of the kind makes of it, or, without raising it, the ValidationError that says what is wrong.
    """

    default_error_messages = {
        "invalid": Message("This must be an object.", "wrong_type"),
        "kind": Message("This must be one of: {kinds}.", "not_a_choice"),
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
        kind = value[self.discriminator]
        if not isinstance(kind, str) or kind not in self.schemas:
            message = self.make_error("kind", kinds=", ".join(self.schemas)).messages
            raise ValidationError({self.discriminator: message})
        return self.schemas[kind]
