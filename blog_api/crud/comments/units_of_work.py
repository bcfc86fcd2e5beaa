"""Record the changes of comments for the feed whenever a session flushes, so that no write can forget to.

Set-based statements call `record_inserted`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy.orm import Session, UOWTransaction, attributes

from blog_api.crud.batches import batches
from blog_api.crud.changes.recording import record_comments
from blog_api.database.session import listen_to_flushes
from blog_api.models.comments import Comment

_KEY = "changed_comments"


class _Kind(NamedTuple):
    """The type of a change, and whether everyone may see it: only if the comment was or is approved."""

    type: str
    public: bool


def listen() -> None:
    """Record what every session of the app flushes."""
    listen_to_flushes(before=_before_flush, after=_after_flush)


def record_inserted(inserted: Iterable[tuple[int, str]]) -> None:
    """Record new comments, which are pairs of an id and a status."""
    changed: dict[_Kind, list[int]] = {}
    for comment_id, status in inserted:
        changed.setdefault(_kind("", status), []).append(comment_id)
    for kind, ids in changed.items():
        for batch in batches(ids):
            record_comments(kind.type, batch, public=kind.public)


def _before_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Record comments that are about to be deleted, and remember the others until they have ids and are locked."""
    changed: dict[_Kind, list[Comment]] = {}
    for comment in session.new:
        if isinstance(comment, Comment):
            changed.setdefault(_kind("", comment.status), []).append(comment)
    for comment in session.dirty:
        if isinstance(comment, Comment) and session.is_modified(comment):
            changed.setdefault(_kind(_status_before(comment), comment.status), []).append(comment)
    session.info[_KEY] = changed
    gone: dict[_Kind, list[Comment]] = {}
    for comment in session.deleted:
        # The deletion of a placeholder has been recorded already.
        if isinstance(comment, Comment) and (before := _status_before(comment)) != "deleted":
            gone.setdefault(_kind(before, "deleted"), []).append(comment)
    _record(gone.items())


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    _record(session.info.pop(_KEY).items())


def _record(changes: Iterable[tuple[_Kind, list[Comment]]]) -> None:
    for kind, comments in changes:
        record_comments(kind.type, [comment.id for comment in comments], public=kind.public)


def _status_before(comment: Comment) -> str:
    history = attributes.get_history(comment, "status")
    status: str = history.deleted[0] if history.deleted else comment.status
    return status


def _kind(before: str, after: str) -> _Kind:
    """Return the kind of a change of status. `before` is empty for a new comment."""
    if "approved" in (before, after):
        names = {(True, True): "updated", (True, False): "deleted", (False, True): "published"}
        return _Kind(f"comment.{names[before == 'approved', after == 'approved']}", public=True)
    if after == "deleted" or (after == "pending" and before != "pending"):
        return _Kind(f"comment.{after}", public=False)
    return _Kind("comment.updated", public=False)
