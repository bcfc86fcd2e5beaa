"""Schemas of the posts next to a post."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from blog_api.schemas.base import Schema
from blog_api.schemas.posts import PostFields, PostListItem


def _post(item: Schema, description: str) -> fields.Field[Any]:
    return fields.Nested(item, required=True, allow_none=True, metadata={"description": description})


class Neighbours(Schema):
    """The posts published before and after a post."""

    has_etag = True

    previous = _post(PostListItem(), "The post published before it. Null if there is none.")
    next = _post(PostListItem(), "The post published after it. Null if there is none.")


class NeighbourFields(Schema):
    """The posts published before and after a post, with the `fields` parameter."""

    previous = _post(PostFields(partial=True), "The post published before it. Null if there is none.")
    next = _post(PostFields(partial=True), "The post published after it. Null if there is none.")
