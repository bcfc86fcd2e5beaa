"""Restore posts from the trash, or delete them permanently."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select

from blog_api.crud.changes.recording import record_deleted_posts
from blog_api.crud.rows import get_or_404
from blog_api.crud.slugs import POST_SLUG_CONSTRAINTS, use_free_slug
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.addresses import PostSlug
from blog_api.models.posts import Post
from blog_api.policies.posts import (
    can_restore_post,
    expired_trash,
    parameters_of,
    trashed_posts,
    visible_posts,
)
from blog_api.policies.viewers import Viewer, audience_of, require


def get_trashed_post(post_id: int, viewer: Viewer) -> Post:
    """Load and lock a post in the trash.

    Raises NotFound if it is not in the trash or not visible to the viewer, Forbidden if the viewer may not restore it.
    """
    statement = select(Post).where(Post.id == post_id, trashed_posts(audience_of(viewer)))
    missing = "The post is not in the trash, or you may not see it."
    post = get_or_404(statement.with_for_update(), parameters_of(viewer), missing)
    refusal = "Only its owner, unless they are a contributor, and editors may restore this post."
    require(can_restore_post(viewer, post.author_id), refusal)
    return post


def restore_post(post: Post) -> bool:
    """Restore a post from the trash. Return whether its slug had to change because another post uses it."""
    old_slug = post.slug

    def restored(slug: str) -> Post:
        post.deleted_at, post.slug = None, slug
        return post

    use_free_slug(restored, old_slug, PostSlug.slug, POST_SLUG_CONSTRAINTS)
    return post.slug != old_slug


def get_any_post(post_id: int, viewer: Viewer) -> Post:
    """Load a post for permanent deletion, even from the trash. Raises NotFound if the viewer may not see it."""
    audience = audience_of(viewer)
    visible = or_(visible_posts(audience), trashed_posts(audience))
    statement = select(Post).where(Post.id == post_id, visible)
    return get_or_404(statement, parameters_of(viewer), "The post does not exist, or you may not see it.")


def delete_post(post: Post) -> None:
    """Delete a post permanently. Raises StaleDataError if it was changed concurrently."""
    db.session.delete(post)
    db.session.flush()


def delete_trashed_posts(trashed_before: datetime, limit: int) -> int:
    """Permanently delete up to `limit` posts trashed before that time, and return the number of deleted posts.

    Skips locked posts, which may be about to be restored; the next call finds them.
    """
    # Trashing is usually the last change of a post, so the oldest ones are at the start of this index.
    found = select(Post.id).where(expired_trash()).order_by(Post.updated_at, Post.id).limit(limit)
    locked = found.with_for_update(skip_locked=True)
    ids = db.session.execute(locked, {"trashed_before": trashed_before}).scalars().all()
    record_deleted_posts(Post.id.in_(ids))
    removed = delete(Post).where(Post.id.in_(ids))
    db.session.execute(removed, execution_options=UNSYNCHRONIZED)
    return len(ids)
