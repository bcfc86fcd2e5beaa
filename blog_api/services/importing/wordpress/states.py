"""Decide which posts are published: only those that everybody could read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from blog_api.database.columns import utcnow
from blog_api.services.importing.wordpress.nodes import Node
from blog_api.services.importing.wordpress.values import has_password
from blog_api.text.issues import Code, Note

# All other states, such as private, become drafts.
_STATUSES = {"publish": "published", "future": "published", "pending": "pending", "draft": "draft"}


class State(NamedTuple):
    """The status of a document, when it was moved to the trash, and a note if it was not public."""

    status: str
    deleted_at: datetime | None
    notes: tuple[Note, ...]


def read_state(item: Node, meta: Mapping[str, str]) -> State:
    """Return the state of a post. `meta` has the status before it was moved to the trash."""
    name = item.get("wp:status") or "publish"
    is_trashed = name == "trash"
    if is_trashed:
        name = meta.get("_wp_trash_meta_status", "draft")
    status = _STATUSES.get(name, "draft")
    notes = []
    if has_password(item):
        status = "draft"
        notes.append(Note(Code.HIDDEN, "protected by a password, so the post is a draft", item.line))
    elif name not in _STATUSES:
        notes.append(Note(Code.HIDDEN, f"status: {name[:50]}, so the post is a draft", item.line))
    # It stays in the trash as long as a post that is deleted today.
    return State(status, utcnow() if is_trashed else None, tuple(notes))


def is_public(item: Node) -> bool:
    """Return whether everybody can read a post now, so that its address is no secret."""
    return item.get("wp:status") in ("publish", "") and not has_password(item)
