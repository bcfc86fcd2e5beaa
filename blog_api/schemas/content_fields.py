"""Field types for the content of posts and profiles: URLs, language tags and objects of the client's own."""

from __future__ import annotations

from typing import Any

import orjson
from marshmallow import fields

from blog_api.schemas.base import Message
from blog_api.schemas.fields import Pattern, Text
from blog_api.text.languages import LANGUAGE_TAG, MAX_LANGUAGE_TAG, canonical_language

MAX_URL = 2000
MAX_METADATA = 16 * 1024
_URL_MESSAGE = "This must be an http or https URL, with other characters than ASCII percent-encoded."
_PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
# ASCII without control characters, spaces and the characters that RFC 3986 excludes, except for square brackets.
URL_CHARACTER = r"[!#-;=?-\[\]_a-z~]"
# Without lookaheads, which generators of test data do not know.
URL = rf"https?://[A-Za-z0-9.-]+(?::{_PORT})?(?:[/?#]{URL_CHARACTER}*)?"


class WebUrl(Pattern):
    """An absolute http or https URL. With `allow_none`, an empty string is null."""

    def __init__(self, max_length: int = MAX_URL, **kwargs: Any) -> None:
        super().__init__(URL, 1, max_length, message=_URL_MESSAGE, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | None:  # type: ignore[override]
        if value == "" and self.allow_none:
            return None
        return super()._deserialize(value, attr, data, **kwargs)


class OptionalText(Text):
    """A string, or null if it is empty."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(0, max_length, allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | None:  # type: ignore[override]
        return super()._deserialize(value, attr, data, **kwargs) or None


class LanguageTag(Pattern):
    """A language tag (BCP 47), checked for its form and written in the usual case, such as pt-BR.

    With `allow_none`, an empty string is null.
    """

    def __init__(self, **kwargs: Any) -> None:
        message = "This must be a language tag such as en or pt-BR."
        super().__init__(LANGUAGE_TAG, 1, MAX_LANGUAGE_TAG, message=message, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | None:  # type: ignore[override]
        if value == "" and self.allow_none:
            return None
        return canonical_language(super()._deserialize(value, attr, data, **kwargs))


class ClientObject(fields.Dict):
    """An object of the client's own, of up to MAX_METADATA bytes of JSON."""

    default_error_messages = {
        "invalid": Message("This must be an object.", "wrong_type"),
        "long": Message(f"This must have at most {MAX_METADATA} bytes as JSON.", "too_long"),
        "deep": Message("This is nested too deeply.", "malformed"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(keys=fields.String(), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        try:
            size = len(orjson.dumps(value))
        except orjson.JSONEncodeError as error:
            raise self.make_error("deep") from error
        if size > MAX_METADATA:
            raise self.make_error("long")
        return value
