"""Post schemas."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from blog_api.schemas.base import Schema
from blog_api.schemas.content_fields import (
    MAX_URL,
)
from blog_api.schemas.fields import (
    Integer,
    OutputString,
    Timestamp,
)
from blog_api.schemas.images import image_output
from blog_api.schemas.paging import page_of
from blog_api.schemas.post_fields import (
    DETAIL_FIELDS,
    FIELDS,
    KINDS,
    LIST_FIELDS,
    MAX_ALIASES,
    MAX_CO_AUTHORS,
    MAX_CONTENT,
    MAX_HEADING,
    MAX_HTML,
    MAX_META_DESCRIPTION,
    MAX_META_TITLE,
    MAX_TAGS,
    SELECTABLE_FIELDS,
    STATUSES,
)
from blog_api.schemas.tags import TagRef
from blog_api.schemas.users import UserRef
from blog_api.text.excerpts import MAX_EXCERPT
from blog_api.text.languages import MAX_LANGUAGE_TAG
from blog_api.text.paths import MAX_PATH
from blog_api.text.slugs import MAX_SLUG


class TocEntry(Schema):
    """A heading of a post."""

    level = Integer(1, 6, required=True, metadata={"example": 2})
    id = OutputString(MAX_HEADING, "hello", metadata={"description": "The id of its element in `html`."})
    text = OutputString(MAX_CONTENT, "Hello")


class PostSummary(Schema):
    """The fields that a post has both in lists and on its own."""

    surrogate = "post"

    id = Integer(required=True, metadata={"example": 1})
    slug = OutputString(MAX_SLUG, "hello-world")
    url = OutputString(
        1000,
        "https://example.com/hello-world/",
        allow_none=True,
        metadata={
            "description": "Where the site shows the post. Null if the service does not know the site."
        },
    )
    title = OutputString(200, "Hello, world")
    summary = OutputString(2000, "The first post.")
    status = fields.String(required=True, metadata={"enum": list(STATUSES), "example": "published"})
    published_at = Timestamp(required=True, allow_none=True, metadata={"example": "2026-01-31T12:00:00Z"})
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    updated_at = Timestamp(
        required=True,
        metadata={
            "description": "The time of the last change. A scheduled post changes when it comes due.",
            "example": "2026-01-31T12:00:00Z",
        },
    )
    author = fields.Nested(
        UserRef(),
        required=True,
        metadata={"description": "The owner of the post, also the first of `authors`."},
    )
    authors = fields.List(
        fields.Nested(UserRef()), required=True, validate=validate.Length(1, MAX_CO_AUTHORS + 1)
    )
    tags = fields.List(fields.Nested(TagRef()), required=True, validate=validate.Length(max=MAX_TAGS))
    kind = fields.String(
        required=True,
        metadata={
            "enum": list(KINDS),
            "description": "Lists show posts, and pages only on request.",
            "example": "post",
        },
    )
    featured = fields.Boolean(required=True, metadata={"example": False})
    language = OutputString(
        MAX_LANGUAGE_TAG,
        "en",
        allow_none=True,
        metadata={"description": "The language of the post (BCP 47), or null for that of the site."},
    )
    image = image_output(required=True)
    reading_minutes = Integer(
        0,
        required=True,
        allow_none=True,
        metadata={
            "description": "Estimated reading time. Null until an older post is rendered.",
            "example": 1,
        },
    )


def _aliases(**options: Any) -> fields.Field[Any]:
    metadata = {"description": "Paths of the post on a former site.", "example": ["/2020/01/31/hello/"]}
    return fields.List(
        OutputString(MAX_PATH), validate=validate.Length(max=MAX_ALIASES), metadata=metadata, **options
    )


class Post(PostSummary):
    """A post."""

    content = OutputString(MAX_CONTENT, "# Hello\n\nWorld.", metadata={"description": "Markdown."})
    aliases = _aliases(required=True)
    word_count = Integer(
        0,
        required=True,
        allow_none=True,
        metadata={
            "description": "The number of words, or of characters in Chinese, Japanese and Korean. "
            "Null until an older post is rendered.",
            "example": 2,
        },
    )
    meta_title = OutputString(
        MAX_META_TITLE,
        allow_none=True,
        metadata={
            "description": "The title for search engines, if it differs from that of the post.",
            "example": None,
        },
    )
    meta_description = OutputString(
        MAX_META_DESCRIPTION,
        allow_none=True,
        metadata={"description": "The description for search engines.", "example": None},
    )
    canonical_url = OutputString(
        MAX_URL,
        allow_none=True,
        metadata={
            "description": "Where the post was published first, if that was elsewhere.",
            "example": None,
        },
    )
    noindex = fields.Boolean(
        required=True, metadata={"description": "Whether search engines should skip it.", "example": False}
    )
    metadata = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "An object of the client's own. Keys that begin with `_` are shown only to those who "
            "may edit the post.",
            "example": {},
        },
    )
    comments_open = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether the post takes comments, if the site does, until `comments_close_at`.",
            "example": True,
        },
    )
    comments_close_at = Timestamp(
        required=True,
        allow_none=True,
        metadata={"description": "After this time, the post takes no new comments.", "example": None},
    )
    comment_count = Integer(
        0, required=True, metadata={"description": "The number of approved comments.", "example": 0}
    )
    like_count = Integer(0, required=True, metadata={"description": "The number of likes.", "example": 0})
    html = OutputString(
        MAX_HTML,
        required=False,
        allow_none=True,
        metadata={
            "description": "The content as safe HTML. Only present if `fields` includes it. Null until an older post "
            "is rendered.",
        },
    )
    toc = fields.List(
        fields.Nested(TocEntry()),
        allow_none=True,
        validate=validate.Length(max=MAX_CONTENT),
        metadata={"description": "The headings of `html`. Only present if `fields` includes it."},
    )

    class Meta:
        fields = SELECTABLE_FIELDS


class PostListItem(Post):
    """A post in a list. It has the fields that `PostSummary` lacks only if `fields` includes them."""

    excerpt = OutputString(
        MAX_EXCERPT,
        "… about <mark>Flask</mark> and <mark>SQLAlchemy</mark> …",
        required=False,
        metadata={
            "description": "HTML: the escaped text around the matches, each in `<mark>`. Only present in a search."
        },
    )

    class Meta:
        fields = LIST_FIELDS

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Make the longer fields optional, as marshmallow calls this for each field."""
        field_obj.required = field_name in FIELDS and field_name not in DETAIL_FIELDS


class PostFields(PostListItem):
    """A post in a list with the `fields` parameter: only the fields that it names are present."""


PostPage = page_of(PostListItem(), "PostPage")
PostFieldsPage = page_of(PostFields(partial=True), "PostFieldsPage")


class RestoredPost(Post):
    """A post restored from the trash."""

    slug_changed = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether the post got a new slug because another post has taken its old one.",
            "example": False,
        },
    )

    class Meta:
        fields = (*SELECTABLE_FIELDS, "slug_changed")
