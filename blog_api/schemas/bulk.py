"""Many changes of posts in one request, as they come in and go out."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from blog_api.schemas.base import Message, Schema
from blog_api.schemas.fields import Boolean, Choice, Integer, List, OneOf, Pattern, QueryBoolean
from blog_api.schemas.post_queries import PostFilters
from blog_api.schemas.posts import MAX_TAGS, Post, PostPatch, PostWrite
from blog_api.schemas.problems import Problem
from blog_api.schemas.tags import TagName
from blog_api.text.folding import fold_tag

MAX_OPERATIONS = 100
MODES = ("atomic", "each")


class IfMatch(Pattern):
    """An entity tag, as the header If-Match has it."""

    def __init__(self) -> None:
        super().__init__(
            r'\*|(?:W/)?"[!#-~]{1,100}"',
            1,
            104,
            message='This must be an ETag with its quotes, such as "3-9f86d081884c7d65".',
            metadata={
                "description": "The ETag of the post as you read it; 412 where it has changed since.",
                "example": '"3-9f86d081884c7d65"',
            },
        )


class BulkCreate(Schema):
    """Write a post."""

    op = Choice(("create",), required=True, metadata={"example": "create"})
    data = fields.Nested(PostWrite(), required=True)


class BulkUpdate(Schema):
    """Change a post. Only what is sent changes."""

    op = Choice(("update",), required=True, metadata={"example": "update"})
    id = Integer(required=True, metadata={"example": 1})
    data = fields.Nested(PostPatch(partial=True), required=True)
    if_match = IfMatch()


class BulkDelete(Schema):
    """Move a post to the trash."""

    op = Choice(("delete",), required=True, metadata={"example": "delete"})
    id = Integer(required=True, metadata={"example": 1})
    if_match = IfMatch()


class Bulk(Schema):
    """Operations, in the order in which they are done.

    Loading gives a ValidationError in the place of one that is wrong, or, in the mode `atomic`, raises all of them.
    """

    mode = Choice(
        MODES,
        load_default="atomic",
        metadata={
            "description": "`atomic`: all or none. `each`: those that can be done are.",
            "example": "atomic",
        },
    )
    operations = List(
        OneOf("op", {"create": BulkCreate(), "update": BulkUpdate(), "delete": BulkDelete()}),
        validate.Length(
            1,
            MAX_OPERATIONS,
            error=Message(f"From 1 to {MAX_OPERATIONS} operations.", "length"),
        ),
        required=True,
    )

    @post_load
    def reject_invalid(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        operations = enumerate(data["operations"])
        wrong = {n: error.messages for n, error in operations if isinstance(error, ValidationError)}
        if wrong and data["mode"] == "atomic":
            raise ValidationError({"operations": wrong})
        return data


class BulkResult(Schema):
    """What became of one operation: the post, unless it was deleted, or the problem."""

    status = Integer(
        200, 599, required=True, metadata={"description": "As if it had been a request.", "example": 201}
    )
    data = fields.Nested(Post())
    problem = fields.Nested(Problem())


class BulkResults(Schema):
    """What became of each operation, in their order."""

    results = fields.List(
        fields.Nested(BulkResult()), required=True, validate=validate.Length(1, MAX_OPERATIONS)
    )


class BulkChangeQuery(PostFilters):
    """Which posts to change: those of the list with the same filters."""

    dry_run = QueryBoolean(
        load_default=False, metadata={"description": "Only tell how many would be changed."}
    )


def _tag_names(description: str, example: str) -> List:
    most = validate.Length(max=MAX_TAGS, error=Message("At most {max} tags.", "too_many"))
    return List(TagName(), most, metadata={"description": description, "example": [example]})


class BulkChange(Schema):
    """What to change of many posts at once."""

    # Not scheduled: each post would need a time of its own.
    status = Choice(
        ("draft", "published", "archived"),
        metadata={
            "description": "A post that is published for the first time is published now.",
            "example": "archived",
        },
    )
    add_tags = _tag_names("Names of tags; made where they are missing.", "Open Source")
    remove_tags = _tag_names("Names of tags.", "Python")

    @validates_schema
    def _check_tags(self, data: dict[str, Any], **kwargs: Any) -> None:
        added = {fold_tag(name) for name in data.get("add_tags", ())}
        if not added.isdisjoint(map(fold_tag, data.get("remove_tags", ()))):
            message = Message("A tag cannot be both added and removed.", "contradiction")
            raise ValidationError(message, "remove_tags")


class BulkCount(Schema):
    """How many posts were changed, or would be. Those that are already as they should be are not counted."""

    changed = Integer(0, required=True, metadata={"example": 12})
    dry_run = Boolean(required=True, metadata={"example": False})
