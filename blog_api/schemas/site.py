"""Schemas of the list of resources."""

from __future__ import annotations

from marshmallow import fields

from blog_api.schemas.base import Schema
from blog_api.schemas.fields import OutputString

MAX_LINK = 2000


class Site(Schema):
    """The site that shows the posts, as its operators describe it."""

    title = OutputString(200, "Blog")
    description = OutputString(500, "Notes about engines.")
    language = OutputString(35, "en", metadata={"description": "A language tag (BCP 47)."})
    timezone = OutputString(100, "Europe/Berlin")


class Root(Schema):
    """The site, and the resources of the API."""

    site = fields.Nested(Site(), required=True)
    links = fields.Dict(
        OutputString(100),
        OutputString(MAX_LINK, metadata={"format": "uri-reference"}),
        required=True,
        metadata={
            "description": "The URL of each resource, by name.",
            "example": {"posts": "/api/v1/posts", "tags": "/api/v1/tags"},
        },
    )
