"""Schemas of revisions."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Schema
from blog_api.schemas.dumping import compile_dump
from blog_api.schemas.fields import AnyValue, Integer, OutputString, QueryInteger, Timestamp
from blog_api.schemas.paging import PageQuery, page_of, sort_field
from blog_api.schemas.post_fields import MAX_CO_AUTHORS, MAX_CONTENT, MAX_TAGS
from blog_api.schemas.post_writes import PostWrite
from blog_api.schemas.posts import Post
from blog_api.schemas.users import UserRef

WRITABLE = tuple(PostWrite().fields)
# Each line has one more character, and a few lines around each change.
MAX_DIFF = 4 * MAX_CONTENT


class Revision(Schema):
    """A post as it was saved, without its content."""

    number = Integer(required=True, metadata={"description": "Counts from 1.", "example": 2})
    version = Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "The version of the post that the save produced. Null if it went to the working copy.",
            "example": 2,
        },
    )
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})
    author = fields.Nested(
        UserRef(),
        required=True,
        allow_none=True,
        metadata={
            "description": "Who saved it. Null for commands, for deleted accounts, and for the state before the first "
            "revision."
        },
    )
    live = fields.Boolean(
        required=True, metadata={"description": "Whether the public saw it at once.", "example": True}
    )
    changed = fields.List(
        fields.String(metadata={"enum": list(WRITABLE), "example": "content"}),
        required=True,
        validate=validate.Length(max=len(WRITABLE)),
        metadata={"description": "The members that the save changed."},
    )


RevisionPage = page_of(Revision(), "RevisionPage")


class RevisionQuery(PageQuery):
    """The query parameters of a list of revisions."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"number": int}
    sort = sort_field(sort_keys, "-number")


class Snapshot(Post):
    """The writable members of a post."""

    # Not a post of the response: caches need no key for it.
    surrogate = ""

    tags = fields.List(OutputString(50, "Python"), required=True, validate=validate.Length(max=MAX_TAGS))
    co_authors = fields.List(
        Integer(metadata={"example": 2}), required=True, validate=validate.Length(max=MAX_CO_AUTHORS)
    )
    author_id = Integer(required=True, metadata={"description": "The id of the owner.", "example": 1})

    class Meta:
        fields = WRITABLE


# Convert members of a snapshot for a response.
show_members = compile_dump(Snapshot())


class RevisionDetail(Revision, Snapshot):
    """A revision with the writable members of the post."""

    class Meta:
        fields = (*Revision().fields, *WRITABLE)


class DiffQuery(Schema):
    """The query parameters of a comparison."""

    against = QueryInteger(
        metadata={"description": "Number of the revision to compare with, by default the one before."}
    )


class Difference(Schema):
    """The values of a member in both revisions."""

    before = AnyValue("The value in the other revision.", "Hello")
    after = AnyValue("The value in this revision.", "Hello, world")


class ContentDifference(Difference):
    """The content in both revisions."""

    unified = OutputString(
        MAX_DIFF,
        "@@ -1,1 +1,1 @@\n-# Hello\n+# Hello, world\n",
        metadata={"description": "The difference in the unified format."},
    )


def _difference(name: str) -> fields.Field[Any]:
    return fields.Nested(ContentDifference() if name == "content" else Difference())


RevisionDiff = Schema.from_dict({name: _difference(name) for name in WRITABLE}, name="RevisionDiff")
RevisionDiff.__doc__ = "The members that differ."
