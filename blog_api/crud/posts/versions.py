"""Increment the versions of posts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import attributes

from blog_api.crud.changes.recording import announce_posts, record_posts
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.posts import Post


def mark_modified(post: Post) -> None:
    """Let the next flush increment the version of a post of which only related rows have changed."""
    # The version is part of every UPDATE, so put any column into one.
    attributes.flag_modified(post, "author_id")


def increment_versions(condition: ColumnElement[bool], **values: Any) -> set[int]:
    """Increment the version of all posts that meet the condition, and set `values`, in one statement. Return their ids.

    Locks the posts in the order of their ids, so that concurrent calls do not deadlock. The condition must still hold
    afterwards.
    """
    post_ids = select(Post.id).where(condition).order_by(Post.id).with_for_update(key_share=True)
    changed = update(Post).where(Post.id.in_(post_ids)).values(version=Post.version + 1, **values)
    ids = db.session.scalars(changed.returning(Post.id), execution_options=UNSYNCHRONIZED).all()
    announce_posts(condition)
    record_posts(condition)
    return set(ids)
