"""Schemas of posts in requests."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import post_load, validate

from blog_api.schemas.base import Message, Schema
from blog_api.schemas.content_fields import (
    MAX_METADATA,
    ClientObject,
    LanguageTag,
    OptionalText,
    WebUrl,
)
from blog_api.schemas.fields import Boolean, Choice, Integer, List, QueryBoolean, Text, Timestamp
from blog_api.schemas.images import image_field
from blog_api.schemas.nested import Ignored, ValueOrObject
from blog_api.schemas.post_fields import (
    KINDS,
    MAX_ALIASES,
    MAX_CO_AUTHORS,
    MAX_CONTENT,
    MAX_META_DESCRIPTION,
    MAX_META_TITLE,
    MAX_TAGS,
    STATUSES,
)
from blog_api.schemas.redirects import SitePath
from blog_api.schemas.tags import Slug, TagName, TagObject

# Why these fields cannot be written.
READ_ONLY = dict.fromkeys(
    (
        "id",
        "url",
        "created_at",
        "updated_at",
        "excerpt",
        "html",
        "toc",
        "word_count",
        "reading_minutes",
        "comment_count",
        "like_count",
    ),
    "This field cannot be written.",
) | {
    "author": "This field cannot be written. Editors can set author_id.",
    "authors": "This field cannot be written. Set co_authors.",
}
# The values of fields that a replacement omits or a merge patch sets to null.
DEFAULTS: dict[str, Any] = {
    "title": "",
    "content": "",
    "summary": "",
    "status": "draft",
    "tags": [],
    "kind": "post",
    "featured": False,
    "language": None,
    "image": None,
    "meta_title": None,
    "meta_description": None,
    "canonical_url": None,
    "noindex": False,
    "metadata": {},
    "comments_open": True,
    "comments_close_at": None,
}
TAGS_LENGTH = validate.Length(max=MAX_TAGS, error=Message("At most {max} tags are allowed.", "too_many"))


class PostWrite(Schema):
    """A new post."""

    hints = READ_ONLY

    title = Text(
        0,
        200,
        metadata={
            "description": "A post needs a title to be published, but a draft does not.",
            "example": "Hello, world",
        },
    )
    content = Text(0, MAX_CONTENT, multiline=True, verbatim=True, metadata={"example": "# Hello\n\nWorld."})
    summary = Text(0, 2000, multiline=True, metadata={"example": "The first post."})
    slug = Slug(
        metadata={
            "description": "By default, derived from the title when the post is created.",
        }
    )
    status = Choice(STATUSES, metadata={"example": "draft"})
    published_at = Timestamp(allow_none=True, metadata={"example": "2026-01-31T12:00:00Z"})
    tags = List(
        TagName(),
        TAGS_LENGTH,
        metadata={
            "description": "Names of tags. Missing tags are created.",
            "example": ["Python", "Open Source"],
        },
    )
    co_authors = List(
        Integer(),
        validate.Length(
            max=MAX_CO_AUTHORS, error=Message("At most {max} co-authors are allowed.", "too_many")
        ),
        metadata={
            "description": "Ids of the co-authors, in order. Co-authors can edit the post.",
            "example": [],
        },
    )
    author_id = Integer(
        metadata={"description": "Id of the owner, by default the one who creates the post. For editors."}
    )
    aliases = List(
        SitePath(),
        validate.Length(max=MAX_ALIASES, error=Message("At most {max} aliases are allowed.", "too_many")),
        metadata={
            "description": "Paths of the post on a former site, such as /2020/01/31/hello/. For editors.",
            "example": [],
        },
    )

    kind = Choice(KINDS, metadata={"example": "post"})
    featured = Boolean(metadata={"example": False})
    language = LanguageTag(allow_none=True, metadata={"example": "en"})
    image = image_field()
    meta_title = OptionalText(MAX_META_TITLE)
    meta_description = OptionalText(MAX_META_DESCRIPTION)
    canonical_url = WebUrl(allow_none=True, metadata={"example": None})
    noindex = Boolean(metadata={"example": False})
    metadata = ClientObject(
        # Declarative models reserve the name `metadata`.
        attribute="custom",
        metadata={
            "description": f"An object of the client's own, of up to {MAX_METADATA} bytes as JSON. Keys that begin "
            "with `_` are shown only to those who may edit the post.",
            "example": {},
        },
    )
    comments_open = Boolean(
        metadata={"description": "Whether the post takes comments, if the site does.", "example": True}
    )
    comments_close_at = Timestamp(
        allow_none=True,
        metadata={"description": "After this time, the post takes no new comments.", "example": None},
    )


class PostPatch(PostWrite):
    """Changes to a post. Omitted fields are left unchanged."""

    defaults = DEFAULTS | {"co_authors": [], "aliases": []}
    merged = frozenset(("image", "metadata"))


class PostReplacement(PostWrite):
    """The replacement of a post. Ignores fields that cannot be written, so that a post can be sent as it was read."""

    tags = List(
        ValueOrObject("name", TagName(), TagObject()),
        TAGS_LENGTH,
        metadata={"description": "Names of tags, or tags as they were read. Missing tags are created."},
    )

    class Meta:
        include: ClassVar[dict[str, Ignored]] = {name: Ignored() for name in READ_ONLY}

    @post_load
    def complete(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        defaults = {"custom" if name == "metadata" else name: value for name, value in DEFAULTS.items()}
        return defaults | {name: value for name, value in data.items() if name not in READ_ONLY}


class MergeQuery(Schema):
    """The query parameters of a change."""

    merge = QueryBoolean(
        load_default=False,
        metadata={
            "description": "If `If-Match` is no longer current, apply the change anyway, unless somebody else has "
            "changed the same members. Needs `If-Match`."
        },
    )


class PostDeletion(Schema):
    """The query parameters of a deletion."""

    force = QueryBoolean(
        load_default=False,
        metadata={"description": "Delete the post permanently, also from the trash (admins only)."},
    )
