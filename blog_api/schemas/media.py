"""Schemas of uploaded pictures."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.content_fields import MAX_URL
from blog_api.schemas.fields import Integer, OutputString, Pattern, QueryInteger, ServiceUrl, Text, Timestamp
from blog_api.schemas.images import EXAMPLE, MAX_ALT, MAX_CAPTION, ImageVariant
from blog_api.schemas.paging import PageQuery, page_of, sort_field
from blog_api.schemas.users import UserRef

MAX_FILENAME = 255
_ALT = "What the picture shows, for those who cannot see it."
_FILENAME = Text(
    1,
    MAX_FILENAME,
    verbatim=True,
    error_messages={
        "control": Message("The file name must not contain control characters.", "control_character"),
        "marks": Message("The file name has too many combining marks in a row.", "malformed"),
        "blank": Message("The file name must not be blank.", "blank"),
        "long": Message("The file name must have at most {max} characters.", "too_long"),
    },
)


class UploadedFile(fields.Raw):
    """The file of a form, with a `filename` and a `stream`."""

    default_error_messages = {"invalid": Message("This must be a file, not text.", "wrong_type")}

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"type": "string", "format": "binary", "description": "A JPEG, PNG or WebP picture."}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str):
            raise self.make_error("invalid")
        if not value.filename:
            # Browsers send an empty file if none was chosen.
            raise self.make_error("required")
        _FILENAME.deserialize(value.filename)
        return value


class MediaUpload(Schema):
    """A form with a picture."""

    file = UploadedFile(required=True)
    alt = Text(0, MAX_ALT, load_default="", metadata={"description": _ALT, "example": "A sleeping cat"})
    caption = Text(0, MAX_CAPTION, load_default="", metadata={"example": "Our cat"})


class MediaPatch(Schema):
    """Changes to the texts of an upload."""

    defaults: ClassVar[dict[str, Any]] = {"alt": "", "caption": ""}
    hints: ClassVar[dict[str, str]] = dict.fromkeys(
        ("file", "url", "filename", "variants", "width", "height"),
        "This field cannot be changed. Upload the new picture instead.",
    )

    alt = Text(0, MAX_ALT, metadata={"description": _ALT, "example": "A sleeping cat"})
    caption = Text(0, MAX_CAPTION, metadata={"example": "Our cat"})


class Media(Schema):
    """An uploaded picture. Its address, type and size are those of the largest variant."""

    id = Integer(required=True, metadata={"example": 5})
    url = ServiceUrl(MAX_URL, EXAMPLE)
    filename = OutputString(MAX_FILENAME, "cat.jpg")
    content_type = OutputString(100, "image/webp")
    bytes = Integer(required=True, metadata={"example": 151_312})
    width = Integer(required=True, metadata={"description": "In pixels.", "example": 1920})
    height = Integer(required=True, metadata={"description": "In pixels.", "example": 1280})
    alt = OutputString(MAX_ALT, "A sleeping cat")
    caption = OutputString(MAX_CAPTION, "Our cat")
    sha256 = OutputString(64, "9f" * 32, metadata={"description": "SHA-256 of the file that was uploaded."})
    variants = fields.List(
        fields.Nested(ImageVariant()),
        required=True,
        metadata={"description": "All sizes, the smallest first."},
    )
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    updated_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    author = fields.Nested(
        UserRef(),
        required=True,
        allow_none=True,
        metadata={"description": "Who uploaded it. Null if the account was deleted."},
    )


MediaPage = page_of(Media(), "MediaPage")


class MediaQuery(PageQuery):
    """The query parameters of a list of uploads."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"id": int}
    sort = sort_field(sort_keys, "-id")
    author_id = QueryInteger(metadata={"description": "Only uploads of this user. For editors."})
    sha256 = Pattern(
        "[0-9a-f]{64}",
        64,
        64,
        message="This must be a SHA-256 digest in lower-case hexadecimal.",
        metadata={
            "description": "Only uploads of this file, to find out whether it has been uploaded before."
        },
    )
