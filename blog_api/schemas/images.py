"""The image of a post or a user."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from blog_api.schemas.base import Schema
from blog_api.schemas.content_fields import MAX_URL, WebUrl
from blog_api.schemas.fields import Integer, OutputString, Text
from blog_api.schemas.nested import Ignored, Nested

MAX_ALT, MAX_CAPTION, MAX_SIZE = 500, 1000, 100_000


def image_field(**options: Any) -> Nested:
    """Return the request field of an image, or null for none."""
    return Nested(ImageWrite(), allow_none=True, **options)


def image_output(**options: Any) -> fields.Field[Any]:
    """Return the response field of an image."""
    return fields.Nested(Image(), allow_none=True, **options)


class ImageWrite(Schema):
    """An image by its URL. `variants` is ignored, so that an image can be sent as it was read."""

    url = WebUrl(required=True, metadata={"example": "https://example.com/cat.jpg"})
    alt = Text(0, MAX_ALT, metadata={"description": "What the image shows, for those who cannot see it."})
    caption = Text(0, MAX_CAPTION)
    width = Integer(1, MAX_SIZE, allow_none=True, metadata={"description": "In pixels.", "example": 1200})
    height = Integer(1, MAX_SIZE, allow_none=True, metadata={"description": "In pixels.", "example": 800})
    variants = Ignored()

    @post_load
    def complete(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        defaults = {"url": "", "alt": "", "caption": "", "width": None, "height": None}
        return {name: data.get(name, default) for name, default in defaults.items()} | {"variants": []}


class ImageVariant(Schema):
    """An image in another size."""

    url = OutputString(MAX_URL)
    width = Integer(1, MAX_SIZE, required=True)
    height = Integer(1, MAX_SIZE, required=True)
    content_type = OutputString(100)


class Image(Schema):
    """An image with its text and its size, as far as that is known."""

    url = OutputString(MAX_URL, "https://example.com/cat.jpg")
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
