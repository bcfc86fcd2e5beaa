"""Change posts that others may have changed since they were read, and restore their revisions."""

from __future__ import annotations

from typing import Any

from blog_api.api.caching import if_match_header, match_version, versions_in
from blog_api.crud.history import revisions as crud
from blog_api.crud.history.conflicts import compare_changes, find_base
from blog_api.crud.posts import write
from blog_api.models.posts import Post
from blog_api.policies.posts import can_edit_post
from blog_api.policies.viewers import Viewer
from blog_api.problems import PreconditionFailed, PreconditionRequired

Changes = dict[str, Any]
NEEDS_IF_MATCH = "merge=true needs If-Match, to compare your change with what others have changed."


def update_post(post_id: int, data: Changes, viewer: Viewer, *, merge: bool) -> Post:
    """Update a post. Raises the errors of `reconcile` and `write.update_post`."""
    # A change that is to be merged waits for others. Any other one fails if it is overtaken.
    post = (write.lock_post if merge else write.get_post)(post_id, viewer)
    changes = reconcile(post, data, viewer, if_match_header(), merge=merge)
    write.update_post(post, changes, viewer)
    return post


def restore_revision(post_id: int, number: int, viewer: Viewer) -> Post:
    """Update a post with the members of a revision. Raises NotFound, and the errors of `update_post`."""
    post = write.get_post(post_id, viewer)
    changes = crud.restorable_members(post, crud.get_revision(post_id, number), viewer)
    changes = reconcile(post, changes, viewer, if_match_header())
    write.update_post(post, changes, viewer)
    return post


def reconcile(
    post: Post, changes: Changes, viewer: Viewer, if_match: str | None, *, merge: bool = False
) -> Changes:
    """Return the changes to apply to a post, which the client read in the version in `if_match`.

    Raises PreconditionFailed if that is stale, with the members in conflict. With `merge`, only if there are any.
    Raises PreconditionRequired if `if_match` is None but needed.
    """
    if merge and if_match is None:
        raise PreconditionRequired(NEEDS_IF_MATCH)
    try:
        match_version(if_match, post.version)
    except PreconditionFailed:
        # Those who may not edit the post do not see all its members.
        if not can_edit_post(viewer, post.author_ids, post.status):
            raise
        version = max(versions_in(if_match or ""), default=None)
        compared = compare_changes(changes, post, find_base(post, version))
        if not merge or compared.conflict:
            problem = PreconditionFailed()
            problem.conflict = compared.conflict
            raise problem from None
        return compared.changes
    return changes
