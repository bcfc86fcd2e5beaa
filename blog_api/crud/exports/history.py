"""Queries for exporting the revisions and working copies of posts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from blog_api.crud.exports.batches import read_all
from blog_api.crud.history.snapshots import SNAPSHOT
from blog_api.database.session import execute_rows
from blog_api.models.revisions import Revision
from blog_api.models.users import User
from blog_api.models.working_copies import WorkingCopy
from blog_api.paging.pages import AnySelect

_REVISIONS: AnySelect = select(
    *(Revision.post_id, Revision.number, Revision.version, Revision.created_at, Revision.editor_id),
    *(Revision.live, Revision.changed),
    *(getattr(Revision, name).label(name) for name in SNAPSHOT),
)
_COPIES: AnySelect = select(
    *(WorkingCopy.post_id, WorkingCopy.base_version, WorkingCopy.editor_id),
    *(WorkingCopy.created_at, WorkingCopy.updated_at),
    *(getattr(WorkingCopy, name).label(name) for name in SNAPSHOT),
)


def read_revisions() -> Iterator[dict[str, Any]]:
    """Yield all revisions, post by post."""
    return read_all(_REVISIONS, Revision.post_id, Revision.number)


def read_working_copies() -> Iterator[dict[str, Any]]:
    """Yield all working copies."""
    return read_all(_COPIES, WorkingCopy.post_id)


def usernames_of(user_ids: Iterable[int]) -> dict[int, str]:
    """Return the usernames of those accounts that exist."""
    statement = select(User.id, User.username).where(User.id.in_(set(user_ids)))
    return {row.id: row.username for row in execute_rows(statement, {})}
