"""Read posts and author profiles from exported files, exactly as they were written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import orjson

from blog_api.text.exports.documents import read_time
from blog_api.text.exports.keys import (
    COMMON,
    EXACT,
    FENCE,
    FLAGS,
    IMAGE_NUMBERS,
    IMAGE_TEXTS,
    OWN,
    TEXTS,
    VERSION,
)
from blog_api.text.front_matter import FrontMatter
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note
from blog_api.text.times import format_time

Read = TypeVar("Read")
_OWN_KEYS = (
    *("version", "body", "comments_close_at", "deleted_at", "slug_is_automatic", "former_slugs"),
    "metadata",
)
_CLOSED = f"\n{FENCE}"


class ExportedPost(NamedTuple):
    """An exported post: its values as in `posts.ndjson`, without those that Markdown lacks, and notes."""

    values: dict[str, Any]
    notes: tuple[Note, ...]


def is_exported(matter: FrontMatter) -> bool:
    """Return whether the file is one of an export."""
    return OWN in matter.values


def read_exported(matter: FrontMatter, text: str) -> ExportedPost:
    """Read a post from its front matter and the text of its file. Raises Refused for invalid values."""
    reader = _Reader(matter)
    own = reader.own()
    values: dict[str, Any] = {
        "title": reader.text("title"),
        "slug": reader.text("slug"),
        "status": reader.text("status") or "published",
        "published_at": reader.time("date"),
        "kind": reader.text("kind") or "post",
        "authors": reader.names("authors"),
        "tags": reader.names("tags"),
        "aliases": reader.names("aliases"),
        "image": reader.read("image", _image),
        "content": _body(matter, text, own),
    }
    values |= {name: reader.text(key) or ("" if name == "summary" else None) for key, name in TEXTS.items()}
    values |= {name: reader.flag(key, default=default) for key, (name, default) in FLAGS.items()}
    values |= reader.own_values(own)
    unknown = [name for name in matter.values if name not in (*COMMON, OWN)]
    notes = (
        Note(
            Code.VALUE_SKIPPED,
            f"{matter.names[name]} is not a key of exports, so it is left out",
            matter.line_of(name),
        )
        for name in unknown
    )
    return ExportedPost(values, tuple(notes))


def read_exported_profile(matter: FrontMatter, text: str) -> dict[str, Any]:
    """Read the profile of an author like `read_exported`: the members of an account."""
    reader = _Reader(matter)
    return {
        "username": reader.text("slug"),
        "display_name": reader.text("name"),
        "website": reader.text("website") or None,
        "image": reader.read("image", _image),
        "bio": _body(matter, text, reader.own()),
    }


def _body(matter: FrontMatter, text: str, own: Mapping[str, Value]) -> str:
    if own.get("body") != EXACT:
        return matter.body
    _, fence, body = text.removeprefix("\ufeff").partition(_CLOSED)
    # Another program has changed the line endings of the file.
    return body if fence else matter.body


class _Reader:
    """Reads values, without guessing what else they could mean."""

    def __init__(self, matter: FrontMatter) -> None:
        self.matter = matter

    def own(self) -> dict[str, Value]:
        """Return the mapping that marks the file."""
        own = self.matter.get(OWN)
        if not isinstance(own, dict) or own.get("version") != VERSION:
            raise self.matter.error(OWN, f"{OWN} must be a mapping with version: {VERSION}")
        if unknown := own.keys() - set(_OWN_KEYS):
            raise self.matter.error(OWN, f"{OWN} has unknown keys: {', '.join(sorted(unknown))}"[:200])
        return own

    def own_values(self, own: Mapping[str, Value]) -> dict[str, Any]:
        """Return the values in that mapping."""
        given = {key: own.get(key) for key in _OWN_KEYS}
        return {
            "comments_close_at": self._convert(OWN, given["comments_close_at"], _time),
            "deleted_at": self._convert(OWN, given["deleted_at"], _time),
            "slug_is_automatic": bool(self._convert(OWN, given["slug_is_automatic"], _flag)),
            "former_slugs": self._convert(OWN, given["former_slugs"], _former_slugs) or [],
            "metadata": self._convert(OWN, given["metadata"], _metadata) or {},
        }

    def read(self, key: str, convert: Callable[[Value], Read]) -> Read | None:
        """Return a converted value, or None if there is none. Raises Refused."""
        return self._convert(key, self.matter.get(key), convert)

    def _convert(self, key: str, value: Value, convert: Callable[[Value], Read]) -> Read | None:
        try:
            return None if value is None else convert(value)
        except (ValueError, TypeError, KeyError) as error:
            raise self.matter.error(key, f"{key} is not what an export writes: {error}"[:300]) from error

    def text(self, key: str) -> str:
        """Return a text as it is, or an empty one if there is none."""
        return self.read(key, _text) or ""

    def time(self, key: str) -> str | None:
        """Return a time as clients write it."""
        return self.read(key, _time)

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.read(key, _flag)
        return default if value is None else value

    def names(self, key: str) -> list[str]:
        """Return a list of texts."""
        return self.read(key, _texts) or []


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError("not text")
    return str(value)


def _texts(value: Value) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return [_text(item) for item in value]


def _flag(value: Value) -> bool:
    if value not in ("true", "false"):
        raise ValueError("neither true nor false")
    return value == "true"


def _time(value: Value) -> str:
    return format_time(read_time(_text(value)))


def _image(value: Value) -> dict[str, Any]:
    """Return an image as in `posts.ndjson`."""
    if not isinstance(value, dict) or not value.keys() <= {*IMAGE_TEXTS, *IMAGE_NUMBERS}:
        raise TypeError("not a mapping of an image")
    return {name: _text(value[name]) for name in IMAGE_TEXTS if name in value} | {
        name: int(_text(value[name])) for name in IMAGE_NUMBERS if name in value
    }


def _former_slugs(value: Value) -> list[dict[str, Any]]:
    items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    if items != value:
        raise TypeError("not a list of mappings")
    return [
        {
            "slug": _text(item["slug"]),
            "public_at": None if item.get("public_at") is None else _time(item["public_at"]),
        }
        for item in items
    ]


def _metadata(value: Value) -> dict[str, Any]:
    metadata = orjson.loads(_text(value))
    if not isinstance(metadata, dict):
        raise TypeError("metadata is not an object")
    return metadata
