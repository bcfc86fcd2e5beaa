"""Tags, as they come in and go out."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import fields, validate

from blog_api.paging.cursors import Key
from blog_api.paging.pages import MAX_LIMIT
from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Integer, OutputString, Pattern, Text
from blog_api.schemas.paging import PageQuery, Pagination, sort_field
from blog_api.text.folding import tidy
from blog_api.text.slugs import MAX_SLUG, SLUG_PATTERN

SLUG_MESSAGE = "A slug is made of a-z and 0-9, with single hyphens between."


class Slug(Pattern):
    """A slug, as it stands in an address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(SLUG_PATTERN.strip("^$"), 1, MAX_SLUG, message=SLUG_MESSAGE, **kwargs)


class TagName(Text):
    """The name of a tag. White space within is one space."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, 50, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return tidy(super()._deserialize(value, attr, data, **kwargs))


class TagRef(Schema):
    """A tag of a post."""

    id = Integer(required=True, metadata={"example": 1})
    name = OutputString(50, "Open Source")
    slug = OutputString(MAX_SLUG, "open-source")


class Tag(TagRef):
    """A tag. `post_count` counts its published posts."""

    description = OutputString(500, "Software that anyone may change.")
    post_count = Integer(0, required=True, metadata={"example": 3})


class TagPage(Schema):
    """A page of tags."""

    data = fields.List(fields.Nested(Tag()), required=True, validate=validate.Length(max=MAX_LIMIT))
    pagination = fields.Nested(Pagination(), required=True)


class TagQuery(PageQuery):
    """Which tags, in which order."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"name": str, "post_count": int}
    sort = sort_field(sort_keys, "name")


class TagCreate(Schema):
    """What a new tag is made of. The slug is made from the name where it is left out."""

    name = TagName(required=True, metadata={"example": "Open Source"})
    slug = Slug(metadata={"example": "open-source"})
    description = Text(0, 500, multiline=True, metadata={"example": "Software that anyone may change."})


class TagPatch(TagCreate):
    """What may be changed of a tag. Only what is sent changes; the slug stays with the tag unless it is sent."""


class TagMerge(Schema):
    """What a tag is merged into."""

    into = Integer(required=True, metadata={"description": "The id of the tag that remains.", "example": 2})
