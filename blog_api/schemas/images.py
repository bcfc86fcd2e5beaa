"""The image of a post or a user."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validate

from blog_api.schemas.base import REQUIRED, Schema
from blog_api.schemas.content_fields import MAX_URL, WebUrl
from blog_api.schemas.fields import Integer, OutputString, ServiceUrl, Text
from blog_api.schemas.nested import Ignored, Nested

MAX_ALT, MAX_CAPTION, MAX_SIZE = 500, 1000, 100_000
EXAMPLE = "https://blog.example.com/media/4f0c9d1e2b3a48576a6f7e8d9c0b1a2f/1920.webp"
# These come from the upload.
_OF_MEDIA = frozenset(("url", "width", "height", "variants"))


def image_field(**options: Any) -> Nested:
    """Return the request field of an image, or null for none."""
    return Nested(ImageWrite(), allow_none=True, **options)


def image_output(**options: Any) -> fields.Field[Any]:
    """Return the response field of an image."""
    return fields.Nested(Image(), allow_none=True, **options)


class ImageWrite(Schema):
    """An image: a picture of this service by its `media_id`, or any other by its URL.

    With `media_id`, the URL and the sizes are ignored, so that an image can be sent as it was read.
    """

    media_id = Integer(allow_none=True, metadata={"description": "Id of an upload. Replaces `url`."})
    url = WebUrl(metadata={"example": "https://example.com/cat.jpg"})
    alt = Text(0, MAX_ALT, metadata={"description": "What the image shows, for those who cannot see it."})
    caption = Text(0, MAX_CAPTION)
    width = Integer(1, MAX_SIZE, allow_none=True, metadata={"description": "In pixels.", "example": 1200})
    height = Integer(1, MAX_SIZE, allow_none=True, metadata={"description": "In pixels.", "example": 800})
    variants = Ignored()

    @pre_load
    def leave_out_sizes(self, data: Any, **kwargs: Any) -> Any:
        if not isinstance(data, dict) or data.get("media_id") is None:
            return data
        return {name: value for name, value in data.items() if name not in _OF_MEDIA}

    @post_load
    def complete(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        if data.get("media_id") is not None:
            # The rest comes from the upload (crud/media/images.py).
            return {name: data[name] for name in ("media_id", "alt", "caption") if name in data}
        if "url" not in data:
            raise ValidationError({"url": [REQUIRED]})
        defaults = {"url": "", "alt": "", "caption": "", "width": None, "height": None}
        return {name: data.get(name, default) for name, default in defaults.items()} | {"variants": []}


class ImageVariant(Schema):
    """An image in another size."""

    url = ServiceUrl(MAX_URL, EXAMPLE)
    width = Integer(1, MAX_SIZE, required=True, metadata={"example": 1920})
    height = Integer(1, MAX_SIZE, required=True, metadata={"example": 1280})
    content_type = OutputString(100, "image/webp")


class Image(Schema):
    """An image with its texts, and its size if known."""

    media_id = Integer(metadata={"description": "Id of the upload, if it is one of this service."})
    url = ServiceUrl(MAX_URL, "https://example.com/cat.jpg")
    alt = OutputString(MAX_ALT, "A sleeping cat")
    caption = OutputString(MAX_CAPTION, "")
    width = Integer(1, MAX_SIZE, required=True, allow_none=True, metadata={"example": 1200})
    height = Integer(1, MAX_SIZE, required=True, allow_none=True, metadata={"example": 800})
    variants = fields.List(
        fields.Nested(ImageVariant()),
        required=True,
        validate=validate.Length(max=20),
        metadata={"example": []},
    )
