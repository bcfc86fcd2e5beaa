"""Post schemas."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, post_load, validate

from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Choice, Integer, List, OutputString, QueryBoolean, Text, Timestamp
from blog_api.schemas.nested import Ignored, ValueOrObject
from blog_api.schemas.paging import page_of
from blog_api.schemas.redirects import SitePath
from blog_api.schemas.tags import Slug, TagName, TagObject, TagRef
from blog_api.schemas.users import UserRef
from blog_api.text.excerpts import MAX_EXCERPT
from blog_api.text.paths import MAX_PATH
from blog_api.text.slugs import MAX_SLUG

STATUSES = ("draft", "pending", "scheduled", "published", "archived")
MAX_TAGS = 50
MAX_CO_AUTHORS = 50
MAX_ALIASES = 20
MAX_CONTENT = 500_000
# The fields of a post, in output order.
FIELDS = (
    "id",
    "slug",
    "url",
    "title",
    "summary",
    "content",
    "status",
    "published_at",
    "created_at",
    "updated_at",
    "author",
    "authors",
    "tags",
    "aliases",
)
# The fields that a list can return.
LIST_FIELDS = (*FIELDS, "excerpt")
# Why these fields cannot be written.
READ_ONLY = dict.fromkeys(
    ("id", "url", "created_at", "updated_at", "excerpt"), "This field cannot be written."
) | {
    "author": "This field cannot be written. Editors can set author_id.",
    "authors": "This field cannot be written. Set co_authors.",
}
# The values of fields that a replacement omits or a merge patch sets to null.
DEFAULTS = {"title": "", "content": "", "summary": "", "status": "draft", "tags": []}
TAGS_LENGTH = validate.Length(max=MAX_TAGS, error=Message("At most {max} tags are allowed.", "too_many"))


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


def _aliases(**options: Any) -> fields.Field[Any]:
    metadata = {"description": "Paths of the post on a former site.", "example": ["/2020/01/31/hello/"]}
    return fields.List(
        OutputString(MAX_PATH), validate=validate.Length(max=MAX_ALIASES), metadata=metadata, **options
    )


class Post(PostSummary):
    """A post."""

    content = OutputString(MAX_CONTENT, "# Hello\n\nWorld.", metadata={"description": "Markdown."})
    aliases = _aliases(required=True)

    class Meta:
        fields = FIELDS


class PostListItem(PostSummary):
    """A post in a list."""

    content = OutputString(
        MAX_CONTENT,
        required=False,
        metadata={"description": "Markdown. Only present if `fields` includes it."},
    )
    aliases = _aliases(required=False)
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


class PostFields(PostListItem):
    """A post in a list with the `fields` parameter: only the fields that it names are present."""


PostPage = page_of(PostListItem(), "PostPage")
PostFieldsPage = page_of(PostFields(partial=True), "PostFieldsPage")


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


class PostPatch(PostWrite):
    """Changes to a post. Omitted fields are left unchanged."""

    defaults = DEFAULTS | {"co_authors": [], "aliases": []}


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
        return DEFAULTS | {name: value for name, value in data.items() if name not in READ_ONLY}


class PostDeletion(Schema):
    """The query parameters of a deletion."""

    force = QueryBoolean(
        load_default=False,
        metadata={"description": "Delete the post permanently, also from the trash (admins only)."},
    )


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
        fields = (*FIELDS, "slug_changed")
