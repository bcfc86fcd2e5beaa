"""Restore revisions of posts."""

from __future__ import annotations

from blog_api.api.caching import check_version
from blog_api.crud.history import revisions as crud
from blog_api.crud.posts import write
from blog_api.models.posts import Post
from blog_api.policies.viewers import Viewer


def restore_revision(post_id: int, number: int, viewer: Viewer) -> Post:
    """Update a post with the members of a revision. Raises the errors of `write.update_post`."""
    post = write.get_post(post_id, viewer)
    check_version(post.version)
    changes = crud.restorable_members(post, crud.get_revision(post_id, number), viewer)
    write.update_post(post, changes, viewer)
    return post
