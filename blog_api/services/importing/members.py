"""Fill the members of a post from keys that themes and plugins use, and keep all other values in its metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from marshmallow import ValidationError

from blog_api.schemas.content_fields import MAX_METADATA, OptionalText
from blog_api.schemas.post_writes import DEFAULTS, PostWrite
from blog_api.services.importing.images import FindUpload, read_image
from blog_api.services.importing.limits import shorten
from blog_api.services.importing.places import Place, Places, encode_url
from blog_api.text.front_matter import FALSE, TRUE
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note, Tally
from blog_api.text.json_values import JsonConverter
from blog_api.text.unread import Unread

_SHOWN = 100
_fields = PostWrite().fields


class _Member(NamedTuple):
    """A member of a post: the folded names of its keys, and a function that returns the value as clients write it.

    The function returns None if the key has another meaning here, and raises ValueError for invalid values.
    """

    keys: tuple[str, ...]
    read: Callable[[Value], Any]


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")
    return " ".join(value.split())


def _kind(value: Value) -> str | None:
    """Return the kind that a layout or type stands for. Layouts have many other names."""
    kinds = {"page": "page", "pages": "page", "post": "post", "posts": "post"}
    return kinds.get(value.strip().lower()) if isinstance(value, str) else None


def _flag(value: Value) -> bool:
    text = _text(value).lower()
    if text not in TRUE + FALSE:
        raise ValueError("not true or false")
    return text in TRUE


def _language(value: Value) -> str:
    """Return the language tag of a language or locale, such as `pt_BR`."""
    return _text(value).replace("_", "-")


def _url(value: Value) -> str:
    return encode_url(_text(value))


def _noindex(value: Value) -> bool | None:
    """Return whether to keep search engines away, for a flag or for `robots: noindex, follow`."""
    words = _text(value).lower().replace(",", " ").split()
    if "noindex" in words or "none" in words:
        return True
    return None if "index" in words or "follow" in words or "all" in words else _flag(value)


def _comments_open(value: Value) -> bool | None:
    """Return whether a post takes comments, or None for other values, such as the name of a comment system."""
    word = value.strip().lower() if isinstance(value, str) else ""
    return word in (*TRUE, "open") if word in (*TRUE, *FALSE, "open", "closed") else None


_MEMBERS = {
    "kind": _Member(("type", "layout"), _kind),
    "featured": _Member(("featured", "pinned", "pin", "sticky"), _flag),
    "language": _Member(("lang", "language", "locale"), _language),
    "meta_title": _Member(("metatitle", "seotitle"), _text),
    "meta_description": _Member(("metadescription", "seodescription", "description"), _text),
    "canonical_url": _Member(("canonicalurl", "canonical", "seocanonicalurl", "seocanonical"), _url),
    "noindex": _Member(("noindex", "robotsnoindex", "seonoindex", "robots"), _noindex),
    "comments_open": _Member(("commentsopen", "comments", "commentstatus"), _comments_open),
}
_DEFAULTS = {name: DEFAULTS[name] for name in (*_MEMBERS, "image")}


def read_members(
    unread: tuple[Unread, ...], find_upload: FindUpload = lambda _url: None
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Return the members of the post, with defaults for those without a valid value, and notes on skipped values.

    `find_upload` returns the id of the upload for a URL in the front matter.
    """
    places = Places(unread)
    notes: list[Note] = []
    data = dict(_DEFAULTS)
    for name, member in _MEMBERS.items():
        for place in places.find(member.keys):
            value = _read(name, member, place, notes)
            if value is not None:
                data[name] = value
                place.remove()
                break
    data["image"], notes_on_images = read_image(places, find_upload)
    notes += notes_on_images
    data["custom"] = _metadata(places, notes)
    return data, tuple(notes)


def tally_metadata(unread: Iterable[Unread], metadata: Mapping[str, Any]) -> Iterator[Tally]:
    """Yield a tally for each key that is kept in the metadata, because no member is read from it."""
    for key, _, line in unread:
        if f"_{key}" in metadata:
            yield Tally(Code.KEY_UNREAD, f"{key[:50]} is kept in the metadata, as _{key[:50]}", line)


def _read(name: str, member: _Member, place: Place, notes: list[Note]) -> Any:
    """Return the value of a member at this place, or None if there is none. Adds to the notes."""
    try:
        value = member.read(place.value)
        if isinstance(field := _fields[name], OptionalText) and len(value) > field.max_length:
            reason = f"has more than {field.max_length} characters, so it is shortened: {value[:_SHOWN]}"
            notes.append(place.note(reason, Code.VALUE_SHORTENED))
            value = shorten(value, field.max_length)
        return None if value is None else field.deserialize(value)
    except ValidationError as error:
        reason = str(error.messages[0])
    except ValueError as error:
        reason = str(error)
    notes.append(place.skipped(f"is not a valid {name} ({reason.rstrip('.')})"))
    return None


def _metadata(places: Places, notes: list[Note]) -> dict[str, Any]:
    """Return the values that no member was read from, under their keys with a leading `_`. Adds to the notes."""
    metadata: dict[str, Any] = {}
    converter = JsonConverter()
    size = len("{}")
    for key, value, line in places.remaining():
        try:
            item = {f"_{key}": converter.convert(value)}
            size_with_item = size + len(orjson.dumps(item)) - (1 if metadata else 2)
        except (ValueError, orjson.JSONEncodeError):
            # Too large, or text that is not valid Unicode.
            size_with_item = MAX_METADATA + 1
        if size_with_item > MAX_METADATA:
            detail = f"{key[:50]} does not fit into the metadata, so it is left out"
            notes.append(Note(Code.METADATA_TOO_LARGE, detail, line))
            continue
        metadata |= item
        size = size_with_item
    return metadata
