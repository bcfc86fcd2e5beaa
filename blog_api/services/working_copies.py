"""Save, discard and publish the working copies of posts."""

from __future__ import annotations

from typing import Any

from blog_api.api.caching import if_match_header, match_version
from blog_api.crud.history import working_copies as crud
from blog_api.crud.history.conflicts import compare_changes, find_base
from blog_api.crud.history.revisions import require_editable
from blog_api.crud.history.snapshots import values_of
from blog_api.crud.posts import write
from blog_api.crud.posts.authors import existing_authors
from blog_api.models.posts import Post
from blog_api.models.working_copies import WorkingCopy
from blog_api.policies.posts import can_edit_post
from blog_api.policies.viewers import Viewer, require
from blog_api.problems import Conflict, EditConflict, PreconditionFailed, PreconditionRequired
from blog_api.services.history import NEEDS_IF_MATCH, reconcile

# The prefix of the versions of working copies, so that the ETag of a post never matches one.
KIND = "w"


def read_copy(post_id: int, viewer: Viewer) -> WorkingCopy:
    """Return the working copy of a post. Raises NotFound or Forbidden unless the viewer may edit the post."""
    require_editable(post_id, viewer, in_trash=True)
    return crud.get_copy(post_id)


def save_copy(post_id: int, data: dict[str, Any], viewer: Viewer) -> WorkingCopy:
    """Save changes of a live post without publishing them. Raises the errors of `crud.save_copy`.

    Raises Conflict if the post is not live, PreconditionFailed or PreconditionRequired as `If-Match` says: the first
    save compares it with the post, any other one with the copy.
    """
    post = _lock_live_post(post_id, viewer)
    copy = crud.find_copy(post_id)
    if copy is None:
        data = reconcile(post, data, viewer, if_match_header())
    else:
        _match(copy, data)
    return crud.save_copy(post, copy, data, viewer)


def discard_copy(post_id: int, viewer: Viewer) -> None:
    """Delete the working copy of a post. Its revisions stay. Raises the errors of `read_copy`."""
    copy = read_copy(post_id, viewer)
    _match(copy, {})
    crud.delete_copy(copy)


def publish_copy(post_id: int, viewer: Viewer, *, merge: bool) -> Post:
    """Update the post with its working copy, and delete the copy. Raises the errors of `write.update_post`.

    Raises EditConflict with the members in conflict if the post is not at the version that the copy began from; with
    `merge`, only if there are any. Raises the other errors of `save_copy`.
    """
    post = _lock_live_post(post_id, viewer)
    copy = crud.get_copy(post_id)
    if merge and if_match_header() is None:
        raise PreconditionRequired(NEEDS_IF_MATCH)
    match_version(if_match_header(), copy.version, KIND)
    compared = compare_changes(values_of(copy), post, find_base(post, copy.base_version))
    if post.version != copy.base_version and (compared.conflict or not merge):
        problem = EditConflict("The post has changed since the working copy began.")
        problem.conflict = compared.conflict
        raise problem
    write.update_post(post, existing_authors(post, compared.changes), viewer)
    crud.delete_copy(copy)
    return post


def _lock_live_post(post_id: int, viewer: Viewer) -> Post:
    """Lock a post, so that its copy is created once and its revisions are numbered in order."""
    post = write.lock_post(post_id, viewer)
    require(can_edit_post(viewer, post.author_ids, post.status), write.refusal(viewer, post.author_ids))
    if post.status != "published":
        raise Conflict("Only published and scheduled posts have working copies. Change the post itself.")
    return post


def _match(copy: WorkingCopy, data: dict[str, Any]) -> None:
    """Compare If-Match with a working copy. A conflict has no base: revisions do not record versions of copies."""
    try:
        match_version(if_match_header(), copy.version, KIND)
    except PreconditionFailed as problem:
        problem.conflict = compare_changes(data, copy, None).conflict
        raise
