"""Access rules for tags."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, true

from blog_api.models.posts import post_tags
from blog_api.models.tags import Tag
from blog_api.policies.posts import live_tagged_posts
from blog_api.policies.viewers import Audience


def visible_tags(audience: Audience) -> ColumnElement[bool]:
    """Select tags that the audience may see. Only editors see those without published posts, which reveal drafts."""
    if audience is Audience.EDITORS:
        return true()
    on_live_posts = select(post_tags.c.post_id).where(post_tags.c.tag_id == Tag.id, live_tagged_posts())
    return on_live_posts.correlate(Tag).exists()
