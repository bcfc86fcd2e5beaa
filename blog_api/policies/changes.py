"""When a post counts as changed, and who may see which changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, or_

from blog_api.models.changes import Change
from blog_api.models.posts import Post
from blog_api.policies.posts import is_public, live_posts
from blog_api.policies.viewers import Audience


def visible_changes(audience: Audience) -> ColumnElement[bool]:
    """Select the numbered changes that the audience may see: public ones, or all for editors."""
    numbered = Change.position.is_not(None)
    return numbered if audience is Audience.EDITORS else and_(numbered, Change.public)


def announced_posts() -> ColumnElement[bool]:
    """Select posts that are public as far as the feed of changes has told."""
    return Post.announced_at.is_not(None)


def unannounced_posts() -> ColumnElement[bool]:
    """Select public posts that the feed of changes has not announced yet: those that came due."""
    return and_(live_posts(), Post.announced_at.is_(None))


def shown_updated_at() -> ColumnElement[datetime]:
    """Return the `updated_at` shown to clients. When a scheduled post comes due, that counts as an update."""
    came_due = and_(live_posts(), Post.published_at > Post.updated_at)
    return case((came_due, Post.published_at), else_=Post.updated_at)


def changed_posts(since: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Select posts whose shown `updated_at` is at or after `since`. Each of the two conditions has an index."""
    return or_(Post.updated_at >= since, and_(live_posts(), Post.published_at >= since))


def updated_at_of(post: Post, now: datetime) -> datetime:
    """Return the `updated_at` of one post, like `shown_updated_at`."""
    came_due = post.published_at if is_public(post, now) else None
    return max(post.updated_at, came_due) if came_due else post.updated_at
