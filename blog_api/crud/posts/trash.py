"""Queries of posts in the trash: back from it, and out of it for ever."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select

from blog_api.crud.rows import get_or_404
from blog_api.crud.slugs import use_free_slug
from blog_api.database.session import db
from blog_api.models import Post
from blog_api.policies.posts import (
    can_manage_post,
    expired_trash,
    parameters_of,
    trashed_posts,
    untrashed_posts,
    visible_posts,
)
from blog_api.policies.viewers import Viewer, audience_of, require


def get_trashed_post(post_id: int, viewer: Viewer) -> Post:
    """The post, to restore it; nobody else does until the transaction ends.

    Raises NotFound where it is not in the trash, or not in what they see of it, Forbidden where they may see it only.
    """
    statement = select(Post).where(Post.id == post_id, trashed_posts(audience_of(viewer)))
    missing = "There is no post in the trash here that you may see."
    post = get_or_404(statement.with_for_update(), parameters_of(viewer), missing)
    require(can_manage_post(viewer, post.author_id), "Only its author and editors may restore this post.")
    return post


def restore_post(post: Post) -> bool:
    """Take the post out of the trash. Return whether the slug had to change because another post uses it."""
    former = post.slug

    def restored(slug: str) -> Post:
        post.deleted_at, post.slug = None, slug
        return post

    use_free_slug(restored, former, Post.slug, "uq_posts_slug", untrashed_posts())
    return post.slug != former


def get_any_post(post_id: int, viewer: Viewer) -> Post:
    """The post, also one in the trash, to delete it for ever. Raises NotFound where they may see neither."""
    audience = audience_of(viewer)
    seen = or_(visible_posts(audience), trashed_posts(audience))
    statement = select(Post).where(Post.id == post_id, seen)
    return get_or_404(statement, parameters_of(viewer), "There is no post of this id that you may see.")


def delete_post(post: Post) -> None:
    """Remove the post for ever. Raises StaleDataError where someone else changed it meanwhile."""
    db.session.delete(post)
    db.session.flush()


def delete_trashed_posts(trashed_before: datetime, limit: int) -> int:
    """Remove for ever at most `limit` of the posts that were moved to the trash before; gives how many.

    Posts that somebody else holds, perhaps to restore them, are passed over; the next call finds them.
    """
    # Those that were changed last, which mostly was their deletion, are at the other end of the index.
    found = select(Post.id).where(expired_trash()).order_by(Post.updated_at, Post.id).limit(limit)
    removed = delete(Post).where(Post.id.in_(found.with_for_update(skip_locked=True))).returning(Post.id)
    parameters = {"trashed_before": trashed_before}
    options = {"synchronize_session": False}
    return len(db.session.execute(removed, parameters, execution_options=options).all())
