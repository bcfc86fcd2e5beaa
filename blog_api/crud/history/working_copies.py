"""Working copies of posts: save, read and discard them. They change nothing that the public sees."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from blog_api.crud.history.conflicts import differing_members
from blog_api.crud.history.recording import record_former_states
from blog_api.crud.history.snapshots import MEMBERS, members_of, values_of
from blog_api.crud.media.images import complete_image
from blog_api.crud.posts.authors import AUTHOR_COLUMNS, get_new_owner, lock_co_authors, require_co_authors
from blog_api.crud.rows import patch
from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models.posts import Post
from blog_api.models.revisions import Revision
from blog_api.models.users import User
from blog_api.models.working_copies import WorkingCopy
from blog_api.policies.posts import require_aliases, require_owner, require_status
from blog_api.policies.publication import publication
from blog_api.policies.viewers import Viewer
from blog_api.problems import NotFound
from blog_api.schemas.merging import merge_fields
from blog_api.schemas.post_writes import PostPatch
from blog_api.text.folding import fold_tag

# Consecutive saves of one person become one revision for this long.
FOLDING = timedelta(minutes=10)
_PATCH = PostPatch(partial=True)

Values = dict[str, Any]


def find_copy(post_id: int) -> WorkingCopy | None:
    """Load the working copy of a post for editing, or return None if it has none."""
    editor = joinedload(WorkingCopy.editor).load_only(User.username, User.display_name)
    statement = select(WorkingCopy).where(WorkingCopy.post_id == post_id).options(editor)
    return db.session.scalars(statement).one_or_none()


def get_copy(post_id: int) -> WorkingCopy:
    """Load the working copy of a post for editing. Raises NotFound."""
    copy = find_copy(post_id)
    if copy is None:
        raise NotFound("The post has no working copy.")
    return copy


def copy_to_dict(copy: WorkingCopy) -> Values:
    """Return the members of a working copy, and its version."""
    author = copy.editor
    return {
        **members_of(copy),
        "base_version": copy.base_version,
        "updated_at": copy.updated_at,
        "author": author
        and {"id": author.id, "username": author.username, "display_name": author.display_name},
        "version": f"w{copy.version}",
    }


def save_copy(post: Post, copy: WorkingCopy | None, data: Values, viewer: Viewer) -> WorkingCopy:
    """Change the working copy of a locked post. Create it from the post if there is none.

    Raises Forbidden if the viewer may not make these changes, InvalidInput if an author or an upload is unknown or
    status, time and title are inconsistent.
    """
    before = values_of(copy or post)
    changes = complete_image(merge_fields(_PATCH, data, copy or post), viewer.id, before["image"])
    changes = _checked(post, before, changes, viewer)
    changed = differing_members(before, before | changes)
    if copy is None:
        copy = WorkingCopy(post_id=post.id, base_version=post.version, **before)
        db.session.add(copy)
    elif not changed:
        return copy
    copy.editor = db.session.get_one(User, viewer.id, options=[AUTHOR_COLUMNS])
    patch(copy, changes)
    if changed:
        _record(post, copy, viewer.id, changed)
    return copy


def _checked(post: Post, before: Values, changes: Values, viewer: Viewer) -> Values:
    """Return changes of a working copy as they are stored, by the rules for changes of the post."""
    require_status(viewer, changes.get("status", "draft"))
    if set((before | changes)["aliases"]) != set(before["aliases"]):
        require_aliases(viewer)
    changes |= _checked_authors(post, before, changes, viewer)
    if "tags" in changes:
        names = {fold_tag(name): name for name in reversed(changes["tags"])}
        changes["tags"] = [names[key] for key in sorted(names)]
    if not changes.keys().isdisjoint(("status", "published_at", "title")):
        present = {name: before[name] for name in ("status", "published_at", "title")}
        changes |= publication(changes, utcnow(), **present)
    return changes


def _checked_authors(post: Post, before: Values, changes: Values, viewer: Viewer) -> Values:
    wanted = before | changes
    owner_id, user_ids = wanted["author_id"], wanted["co_authors"]
    if owner_id != before["author_id"]:
        require_owner(viewer, post.author_id, owner_id)
        get_new_owner(owner_id)
        if "co_authors" not in changes:
            user_ids = [user_id for user_id in user_ids if user_id != owner_id]
    if user_ids == before["co_authors"]:
        return {}
    require_co_authors(post, before["co_authors"], user_ids, viewer)
    return {"co_authors": [user.id for user in lock_co_authors(user_ids, owner_id)]}


def _record(post: Post, copy: WorkingCopy, editor_id: int, changed: list[str]) -> None:
    """Write a revision of a working copy, or replace the newest one if it is of the same person and recent.

    A revision from before the copy is never replaced: it can be all that is left of a discarded one.
    """
    if not post.has_revisions:
        record_former_states(Post.id == post.id)
    newest_first = select(Revision).where(Revision.post_id == post.id).order_by(Revision.number.desc())
    newest, *before = db.session.scalars(newest_first.limit(2))
    values = values_of(copy)
    is_of_copy = newest.version is None and newest.created_at >= copy.created_at
    if is_of_copy and newest.editor_id == editor_id and newest.created_at > utcnow() - FOLDING:
        differing = differing_members(values_of(before[0]), values) if before else MEMBERS.values()
        both = {*newest.changed, *changed}.intersection(differing)
        patch(newest, {**values, "changed": [member for member in MEMBERS.values() if member in both]})
        return
    kept = {"post_id": post.id, "editor_id": editor_id, "live": False, "changed": changed}
    db.session.add(Revision(number=newest.number + 1, **kept, **values))
    db.session.flush()


def delete_copy(copy: WorkingCopy) -> None:
    """Delete a working copy. Raises StaleDataError if it was changed concurrently."""
    db.session.delete(copy)
    db.session.flush()
