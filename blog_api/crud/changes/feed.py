"""Read the feed of changes."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, func, literal, null, select, true

from blog_api.database.session import execute_rows
from blog_api.models.changes import Change, ChangeFeed
from blog_api.paging.cursors import Cursor
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.policies.changes import visible_changes
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import CursorExpired
from blog_api.schemas.changes import SCOPE


def read_changes(
    viewer: Viewer | None, limit: int, *, after: int | None, since: datetime | None, kept_since: datetime
) -> dict[str, Any]:
    """Read up to `limit` changes after a position or since a time, and the cursor to go on with. One query.

    With neither, there are no changes, and the cursor is at the end of the feed. Raises CursorExpired if some of the
    changes asked for have been deleted or are older than `kept_since`.
    """
    beginning = "position" if after is not None else "since" if since is not None else None
    values = {"after": after, "since": since, "limit": limit}
    rows = execute_rows(_statement(audience_of(viewer), beginning), values).all()
    _check_kept(rows[0], after, since, kept_since)
    shown = [entry_of(row) for row in rows if row.position is not None]
    # The rows and the end of the feed are of one snapshot, so nothing lies between them.
    end = rows[-1].position if len(shown) == limit else max(rows[0].end, after or 0)
    return {"data": shown, "pagination": {"next_cursor": _cursor(end)}}


@lru_cache
def _statement(audience: Audience, beginning: str | None) -> AnySelect:
    """Build the statement. It always returns at least one row, with the state of the feed."""
    feed = select(ChangeFeed).where(ChangeFeed.id == 1).subquery()
    one = select(literal(1).label("one")).subquery()
    state = (
        func.coalesce(feed.c.position, 0).label("end"),
        func.coalesce(feed.c.deleted_position, 0).label("deleted_position"),
        feed.c.deleted_at.label("deleted_at"),
    )
    if beginning is None:
        return select(*state, null().label("position")).select_from(one.outerjoin(feed, true()))
    columns = (
        Change.position,
        Change.type,
        Change.entity_id,
        Change.into_id,
        Change.post_id,
        Change.at,
    )
    found = (
        select(*columns)
        .where(_start(beginning), visible_changes(audience))
        .order_by(*((Change.at,) if beginning == "since" else ()), Change.position)
        .limit(bindparam("limit", type_=Integer))
        .subquery()
    )
    joined = one.outerjoin(feed, true()).outerjoin(found, true())
    return select(*state, *found.c).select_from(joined).order_by(found.c.position)


def _start(beginning: str) -> ColumnElement[bool]:
    if beginning == "since":
        return Change.at >= bindparam("since", type_=Change.at.type)
    return Change.position > bindparam("after", type_=Change.position.type)


def _check_kept(state: AnyRow, after: int | None, since: datetime | None, kept_since: datetime) -> None:
    expired = after is not None and after < state.deleted_position
    if since is not None:
        expired = since < kept_since or (state.deleted_at is not None and since <= state.deleted_at)
    if expired:
        raise CursorExpired


def entry_of(row: AnyRow) -> dict[str, Any]:
    """Return a change as the feed shows it."""
    entry = {"cursor": _cursor(row.position), "type": row.type, "id": row.entity_id, "at": row.at}
    more = {"into": row.into_id, "post_id": row.post_id}
    return entry | {name: value for name, value in more.items() if value is not None}


def _cursor(position: int) -> str:
    return Cursor(position, position).encode(SCOPE)
