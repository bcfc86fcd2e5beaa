"""Read the image of a post from front matter, where themes write a URL, a mapping, or a list of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError

from blog_api.schemas.images import ImageWrite
from blog_api.services.importing.places import Place, Places, encode_url, fold_key, has_value
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note

_KEYS = (
    *("image", "featuredimage", "featureimage", "cover", "coverimage", "heroimage", "banner", "bannerimage"),
    *("headerimage", "thumbnail", "thumb", "images", "seoimage", "ogimage", "headerogimage", "headerteaser"),
)
_KEYS_OF_URL = ("url", "src", "path", "image", "href", "feature")
_TEXTS = ("alt", "caption")
_SIZES = ("width", "height")
_schema = ImageWrite()


# Returns the id of the upload for the URL of a local picture, or None.
FindUpload = Callable[[str], int | None]


def read_image(places: Places, find_upload: FindUpload) -> tuple[dict[str, Any] | None, list[Note]]:
    """Return the first image that is an upload or has an absolute URL, if any, and notes on skipped values.

    Removes what it uses.
    """
    notes: list[Note] = []
    for place in places.find(_KEYS):
        first, *others = place.value if isinstance(place.value, list) else [place.value]
        options: dict[str, Value] = dict(first) if isinstance(first, dict) else {"url": first}
        parts = _parts(place, options, places)
        if image := _load(place, parts, notes, find_upload):
            rest = {key: value for key, value in options.items() if has_value(value)}
            place.remove([*([rest] if rest else []), *others] if others else rest)
            return image, notes
    return None, notes


def _parts(place: Place, options: dict[str, Value], places: Places) -> dict[str, Place]:
    """Return where the URL, the texts and the sizes of an image are: in the mapping, or texts in keys beside it."""
    inner = {fold_key(key): key for key, value in options.items() if has_value(value)}
    parts = {
        name: Place(options, inner[name], name, f"{place.label}.{inner[name]}"[:100], place.line)
        for name in (*_KEYS_OF_URL, *_TEXTS, *_SIZES)
        if name in inner
    }
    for name in _TEXTS:
        for beside in places.find((f"{place.name}{name}", f"image{name}")):
            parts.setdefault(name, beside)
    return parts


def _load(
    place: Place, parts: dict[str, Place], notes: list[Note], find_upload: FindUpload
) -> dict[str, Any] | None:
    """Return the valid parts as an image, and remove them, or None without a valid URL. Adds to the notes."""
    key = next((key for key in _KEYS_OF_URL if key in parts), None)
    url = parts[key].value if key else None
    text = url.strip() if isinstance(url, str) else ""
    media_id = find_upload(text) if text else None
    is_absolute = text.lower().startswith(("http://", "https://"))
    if key is None or not (is_absolute or media_id):
        notes.append(place.skipped("has no absolute http or https URL", Code.IMAGE_NOT_ABSOLUTE))
        return None
    used = {"url": parts[key]} | {name: parts[name] for name in (*_TEXTS, *_SIZES) if name in parts}
    try:
        image = _schema.load(_written(used, media_id))
    except ValidationError as error:
        invalid = [used.pop(name) for name in list(used) if name in error.messages_dict]
        notes.extend(part.skipped("is not valid for an image") for part in invalid)
        if "url" not in used:
            return None
        image = _schema.load(_written(used, media_id))
    for part in used.values():
        part.remove()
    return dict(image)


def _written(parts: dict[str, Place], media_id: int | None) -> dict[str, Any]:
    """Return the image as clients write it. With a `media_id`, its URL and sizes are ignored."""
    written: dict[str, Any] = {name: part.value for name, part in parts.items()}
    for name, value in written.items():
        if isinstance(value, str):
            text = " ".join(value.split())
            is_number = name in _SIZES and text.isascii() and text.isdigit() and len(text) < 10
            written[name] = encode_url(text) if name == "url" else int(text) if is_number else text
    return written if media_id is None else {**written, "media_id": media_id}
