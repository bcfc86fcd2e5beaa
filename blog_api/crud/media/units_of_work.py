"""Record the uses of pictures whenever a session flushes, so that no write can forget to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import PassiveFlag, Session, UOWTransaction, attributes

from blog_api.crud.media.uses import Owner, Uses, replace_uses
from blog_api.database.session import listen_to_flushes
from blog_api.models.posts import Post
from blog_api.models.users import User
from blog_api.models.working_copies import WorkingCopy

_KEY = "media_uses"


def listen() -> None:
    """Record uses in the flushes of every session."""
    listen_to_flushes(before=_before_flush, after=_after_flush)


def _before_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    owners = (one for one in (*session.new, *session.dirty) if isinstance(one, Owner))
    session.info[_KEY] = [
        (owner, present) for owner in owners for former, present in _changes(owner) if former != present
    ]


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    changed = session.info.pop(_KEY)
    for kind in (Post, WorkingCopy, User):
        if uses := {owner.id: present for owner, present in changed if isinstance(owner, kind)}:
            replace_uses(kind, uses)


def _changes(owner: Owner) -> Iterator[tuple[Uses, Uses]]:
    """Yield the former and the present uses of an entity if its image or its content has changed."""
    histories = {
        name: attributes.get_history(owner, name, PassiveFlag.PASSIVE_NO_INITIALIZE)
        for name in ("image", "content")
        if hasattr(type(owner), name)
    }
    if any(history.has_changes() for history in histories.values()):
        former = {name: _first(history.deleted or history.unchanged) for name, history in histories.items()}
        yield Uses.of(former), Uses.of({name: getattr(owner, name) for name in histories})


def _first(values: Any) -> Any:
    return next(iter(values or ()), None)
