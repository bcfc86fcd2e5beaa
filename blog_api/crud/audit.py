"""Queries of audit events."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, insert, select

from blog_api.crud.pages import read_page
from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models import AuditEvent
from blog_api.paging.pages import Listing, Page, PageRequest

events = AuditEvent.__table__

KEPT = timedelta(days=365)

_SELECT = select(
    events.c.id, events.c.action, events.c.actor_id, events.c.user_id, events.c.detail, events.c.address,
    events.c.request_id, events.c.created_at,
)  # fmt: skip
# Nobody asks for the id.
_INSERT = insert(events).inline()


def add_event(**columns: Any) -> None:
    """Keep an event for KEPT."""
    db.session.execute(_INSERT, columns | {"expires_at": utcnow() + KEPT})


@lru_cache
def _listing(filters: frozenset[str]) -> Listing:
    rows = _SELECT.add_columns(events.c.id.label("row_id"), events.c.created_at.label("sort_key"))
    return Listing(rows, tuple(events.c[name] == bindparam(f"wanted_{name}") for name in sorted(filters)))


def list_events(filters: dict[str, Any], page: PageRequest) -> Page:
    """The events whose columns are as `filters` has them."""
    wanted = {f"wanted_{name}": value for name, value in filters.items()}
    return read_page(_listing(frozenset(filters)), page, wanted)
