"""Schemas for bulk operations on posts."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Boolean, Choice, Integer, List, Pattern
from blog_api.schemas.nested import Nested, OneOf
from blog_api.schemas.post_fields import MAX_TAGS
from blog_api.schemas.post_writes import PostPatch, PostWrite
from blog_api.schemas.posts import Post
from blog_api.schemas.problems import Problem
from blog_api.schemas.tags import TagName
from blog_api.text.folding import fold_tag

MAX_OPERATIONS = 100
MODES = ("atomic", "each")


class IfMatch(Pattern):
    """An entity tag in the syntax of the If-Match header."""

    def __init__(self) -> None:
        super().__init__(
            r'\*|(?:W/)?"[!#-~]{1,100}"',
            1,
            104,
            message='This must be a quoted ETag, such as "3-9f86d081884c7d65".',
            metadata={
                "description": "The ETag of the post when you read it. Fails with 412 if the post has changed.",
                "example": '"3-9f86d081884c7d65"',
            },
        )


class BulkCreate(Schema):
    """Create a post."""

    op = Choice(("create",), required=True, metadata={"example": "create"})
    data = Nested(PostWrite(), required=True)


class BulkUpdate(Schema):
    """Update a post. Omitted fields are left unchanged."""

    op = Choice(("update",), required=True, metadata={"example": "update"})
    id = Integer(required=True, metadata={"example": 1})
    data = Nested(PostPatch(partial=True), required=True)
    if_match = IfMatch()


class BulkDelete(Schema):
    """Move a post to the trash."""

    op = Choice(("delete",), required=True, metadata={"example": "delete"})
    id = Integer(required=True, metadata={"example": 1})
    if_match = IfMatch()


class Bulk(Schema):
    """Operations, applied in order.

    In mode `each`, load a ValidationError in place of each invalid operation. In mode `atomic`, raise them all.
    """

    mode = Choice(
        MODES,
        load_default="atomic",
        metadata={
            "description": "`atomic`: apply all operations or none. `each`: apply those that succeed.",
            "example": "atomic",
        },
    )
    operations = List(
        OneOf("op", {"create": BulkCreate(), "update": BulkUpdate(), "delete": BulkDelete()}),
        validate.Length(
            1,
            MAX_OPERATIONS,
            error=Message(f"This must contain 1 to {MAX_OPERATIONS} operations.", "length"),
        ),
        required=True,
    )

    @post_load
    def reject_invalid(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        operations = enumerate(data["operations"])
        errors = {n: error.messages for n, error in operations if isinstance(error, ValidationError)}
        if errors and data["mode"] == "atomic":
            raise ValidationError({"operations": errors})
        return data


class BulkResult(Schema):
    """The result of one operation: the post (unless it was deleted), or the problem."""

    status = Integer(
        200,
        599,
        required=True,
        metadata={
            "description": "The status that a request for this operation alone would get.",
            "example": 201,
        },
    )
    data = fields.Nested(Post())
    problem = fields.Nested(Problem())


class BulkResults(Schema):
    """The results of all operations, in the same order."""

    results = fields.List(
        fields.Nested(BulkResult()), required=True, validate=validate.Length(1, MAX_OPERATIONS)
    )


def _tag_names(description: str, example: str) -> List:
    length = validate.Length(max=MAX_TAGS, error=Message("At most {max} tags are allowed.", "too_many"))
    return List(TagName(), length, metadata={"description": description, "example": [example]})


class BulkChange(Schema):
    """A change applied to many posts."""

    # No "scheduled": each post would need its own publication time.
    status = Choice(
        ("draft", "pending", "published", "archived"),
        metadata={
            "description": "Posts published for the first time are published now.",
            "example": "archived",
        },
    )
    add_tags = _tag_names("Names of tags to add. Missing tags are created.", "Open Source")
    remove_tags = _tag_names("Names of tags to remove.", "Python")

    @validates_schema
    def _check_tags(self, data: dict[str, Any], **kwargs: Any) -> None:
        added = {fold_tag(name) for name in data.get("add_tags", ())}
        if not added.isdisjoint(map(fold_tag, data.get("remove_tags", ()))):
            message = Message("A tag cannot be both added and removed.", "contradiction")
            raise ValidationError(message, "remove_tags")


class BulkCount(Schema):
    """The number of posts changed, or that would be. Posts already in the requested state do not count."""

    changed = Integer(0, required=True, metadata={"example": 12})
    dry_run = Boolean(required=True, metadata={"example": False})
