"""Compare a change that was made to an earlier version of a post with what others have changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select

from blog_api.crud.former_tags import present_tag_names
from blog_api.crud.history.snapshots import MEMBERS, as_read, values_of
from blog_api.database.session import db
from blog_api.models.posts import Post
from blog_api.models.revisions import Revision
from blog_api.models.working_copies import WorkingCopy
from blog_api.schemas.merging import merge_fields
from blog_api.schemas.post_writes import PostPatch
from blog_api.schemas.revisions import show_members
from blog_api.text.folding import fold_tag

_PATCH = PostPatch(partial=True)

Values = Mapping[str, Any]


class Comparison(NamedTuple):
    """The members in conflict with all three values, and the changes, with present names of tags, to merge."""

    conflict: dict[str, dict[str, Any]]
    changes: dict[str, Any]


def compare_changes(changes: Values, present: Post | WorkingCopy, base: Revision | None) -> Comparison:
    """Compare changes that were made to `base` with a post or working copy that others may have changed since.

    A member is in conflict if the changes and somebody else have changed it to different values. Without `base`, all
    members that differ are in conflict.
    """
    yours = merge_fields(_PATCH, changes, base or present)
    before, theirs = values_of(base) if base else None, values_of(present)
    if before and isinstance(present, Post) and present.slug_is_automatic:
        # Nobody has chosen the slug: it has followed the title.
        before = {**before, "slug": present.slug}
    return _compare(changes, yours, before, theirs)


def find_base(post: Post, version: int | None) -> Revision | None:
    """Return the newest revision at or below a version of the post, or None if there is none."""
    if version is None or version > post.version:
        return None
    statement = select(Revision).where(Revision.post_id == post.id, Revision.version <= version)
    return db.session.scalars(statement.order_by(Revision.version.desc()).limit(1)).one_or_none()


def _compare(changes: Values, yours: Values, base: Values | None, theirs: Values) -> Comparison:
    """Compare `yours`, the values that the changes would give the members, with the former and the present ones."""
    conflict, remaining = {}, dict(changes)
    if "tags" in changes:
        yours, base = _with_present_tags(yours), _with_present_tags(base) if base else None
        remaining["tags"] = yours["tags"]
    for name in changes:
        values = {"yours": yours, "theirs": theirs} | ({"base": base} if base else {})
        same = {kind: _comparable(name, of[name]) for kind, of in values.items()}
        if base and same["yours"] == same["base"]:
            del remaining[name]
        elif same["yours"] != same["theirs"] and same["theirs"] != same.get("base", ...):
            conflict[MEMBERS[name]] = {kind: _shown(name, of) for kind, of in values.items()}
    return Comparison(conflict, remaining)


def differing_members(before: Values | None, after: Values) -> list[str]:
    """Return the names of the members that differ between two snapshots, in order; of all if there is only one."""
    return [
        member
        for name, member in MEMBERS.items()
        if before is None or _comparable(name, before[name]) != _comparable(name, after[name])
    ]


def _shown(name: str, values: Values) -> Any:
    """Convert the value of a member for a response."""
    return show_members({MEMBERS[name]: as_read(values)[name]})[MEMBERS[name]]


def _with_present_tags(values: Values) -> Values:
    return {**values, "tags": present_tag_names(values["tags"])}


def _comparable(name: str, value: Any) -> Any:
    """Return a value that is equal for spellings of a member that mean the same."""
    if name == "tags":
        return sorted({fold_tag(tag) for tag in value})
    if name == "aliases":
        return sorted(set(value))
    if name == "image" and value and "media_id" in value:
        # The rest comes from the upload.
        return [value[part] for part in ("media_id", "alt", "caption") if part in value]
    return "published" if name == "status" and value == "scheduled" else value
