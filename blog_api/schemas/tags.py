"""Tag schemas."""

from __future__ import annotations

from typing import Any, ClassVar

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Integer, OutputString, Pattern, Text
from blog_api.schemas.paging import PageQuery, page_of, sort_field
from blog_api.text.folding import tidy
from blog_api.text.slugs import MAX_SLUG, SLUG_PATTERN

SLUG_MESSAGE = "A slug must contain only a-z and 0-9, separated by single hyphens."


class Slug(Pattern):
    """A slug, as in URLs."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(SLUG_PATTERN.strip("^$"), 1, MAX_SLUG, message=SLUG_MESSAGE, **kwargs)


class TagName(Text):
    """The name of a tag. Each run of whitespace becomes one space."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, 50, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return tidy(super()._deserialize(value, attr, data, **kwargs))


class TagRef(Schema):
    """A tag in a post."""

    surrogate = "tag"

    id = Integer(required=True, metadata={"example": 1})
    name = OutputString(50, "Open Source")
    slug = OutputString(MAX_SLUG, "open-source")


class TagObject(Schema):
    """A tag of a post, sent as it was read."""

    id = Integer(required=True, metadata={"example": 1})
    name = TagName(required=True, metadata={"example": "Open Source"})
    slug = Slug(required=True, metadata={"example": "open-source"})


class Tag(TagRef):
    """A tag."""

    description = OutputString(500, "Software that anyone may change.")
    post_count = Integer(
        0, required=True, metadata={"description": "Number of published posts.", "example": 3}
    )


TagPage = page_of(Tag(), "TagPage")


class TagQuery(PageQuery):
    """The query parameters of the list of tags."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"name": str, "post_count": int}
    sort = sort_field(sort_keys, "name")


class TagCreate(Schema):
    """A new tag."""

    name = TagName(required=True, metadata={"example": "Typography"})
    slug = Slug(metadata={"description": "By default, derived from the name when the tag is created."})
    description = Text(0, 500, multiline=True, metadata={"example": "Letters and how to set them."})


class TagPatch(TagCreate):
    """Changes to a tag. Omitted fields are left unchanged, including the slug when the name changes."""

    defaults: ClassVar[dict[str, Any]] = {"description": ""}


class TagMerge(Schema):
    """The target of a merge."""

    into = Integer(required=True, metadata={"description": "Id of the tag that remains.", "example": 2})
