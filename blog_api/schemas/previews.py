"""Schemas of previews."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Integer, OutputString, Timestamp
from blog_api.schemas.paging import PageQuery, page_of, sort_field
from blog_api.schemas.post_fields import MAX_TAGS, SELECTABLE_FIELDS
from blog_api.schemas.posts import Post
from blog_api.schemas.tags import TagRef
from blog_api.schemas.users import UserRef
from blog_api.text.slugs import MAX_SLUG

DAY = 24 * 60 * 60
LIFETIME, MAX_LIFETIME = 7 * DAY, 90 * DAY


class NewPreview(Schema):
    """A new preview."""

    expires_in = Integer(
        60,
        MAX_LIFETIME,
        load_default=LIFETIME,
        metadata={"description": "Seconds until it ends, by default seven days.", "example": LIFETIME},
    )
    revision = Integer(
        load_default=None,
        metadata={
            "description": "Number of the revision to show. By default, the preview shows the present working copy, "
            "or the post if there is none."
        },
    )


class PreviewRef(Schema):
    """A preview without its token."""

    id = Integer(required=True, metadata={"example": 4})
    revision = Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Number of the revision that it shows. Null for the working copy or the post.",
            "example": None,
        },
    )
    author = fields.Nested(UserRef(), required=True, metadata={"description": "Who made it."})
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    expires_at = Timestamp(required=True, metadata={"example": "2026-02-07T12:00:00Z"})


class CreatedPreview(Schema):
    """A preview with its secret token, which only this response includes."""

    has_etag = False

    id = Integer(required=True, metadata={"example": 4})
    url = OutputString(
        2000,
        "https://example.com/preview/m3VbPq1sW8yKc0RzXe7tLhJ5nGdU2oFaI9QvBxY4kTw",
        metadata={"description": "PREVIEW_URL with the token, or the address in this API."},
    )
    token = OutputString(60, "m3VbPq1sW8yKc0RzXe7tLhJ5nGdU2oFaI9QvBxY4kTw")
    expires_at = Timestamp(required=True, metadata={"example": "2026-02-07T12:00:00Z"})


PreviewPage = page_of(PreviewRef(), "PreviewPage")


class PreviewQuery(PageQuery):
    """The query parameters of a list of previews."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"id": int}
    sort = sort_field(sort_keys, "-id")


class PreviewTag(TagRef):
    """A tag. Its id is null if it will be created by publishing."""

    surrogate = ""

    id = Integer(required=True, allow_none=True, metadata={"example": 1})
    slug = OutputString(MAX_SLUG, "python", allow_none=True)


class PreviewedPost(Post):
    """A post as a preview shows it, with `html` and `toc`."""

    surrogate = ""

    tags = fields.List(fields.Nested(PreviewTag()), required=True, validate=validate.Length(max=MAX_TAGS))

    class Meta:
        fields = SELECTABLE_FIELDS
