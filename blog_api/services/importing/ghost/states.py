"""Decide which posts are published: only those that everybody could read."""

from __future__ import annotations

from typing import NamedTuple

from blog_api.services.importing.ghost.rows import Row

_PUBLIC = ("published", "scheduled")


class State(NamedTuple):
    """The status of a document, and why it is not public although it was in Ghost."""

    status: str
    reason: str = ""


def read_state(post: Row, meta: Row, *, is_empty: bool = False, is_gated: bool = False) -> State:
    """Return the state of a post."""
    status, visibility = post.text("status") or "draft", str(post.values.get("visibility") or "public")
    reason = ""
    if status == "sent" or (status in _PUBLIC and meta.flag("email_only")):
        reason = "it was only sent as a newsletter"
    elif visibility != "public":
        reason = f"only some readers may see it ({visibility[:50]})"
    elif status in _PUBLIC and is_gated:
        reason = "only some readers may see parts of it"
    elif status not in (*_PUBLIC, "draft"):
        reason = f"its status is {status[:50]}"
    elif status in _PUBLIC and is_empty:
        reason = "it is empty"
    return State("published" if status in _PUBLIC and not reason else "draft", reason)
