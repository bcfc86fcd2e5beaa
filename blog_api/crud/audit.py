"""Queries of audit events."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models import AuditEvent
from blog_api.paging.pages import Listing, Page, PageRequest, read_page

RETENTION = timedelta(days=365)

_SELECT = select(
    AuditEvent.id, AuditEvent.action, AuditEvent.actor_id, AuditEvent.user_id, AuditEvent.detail, AuditEvent.address,
    AuditEvent.request_id, AuditEvent.created_at,
)  # fmt: skip


def add_event(**columns: Any) -> None:
    """Keep an event for RETENTION."""
    db.session.add(AuditEvent(**columns, expires_at=utcnow() + RETENTION))


@lru_cache
def _listing(filters: frozenset[str]) -> Listing:
    wanted = (getattr(AuditEvent, name) == bindparam(f"wanted_{name}") for name in sorted(filters))
    return Listing(_SELECT, AuditEvent.created_at, AuditEvent.id, tuple(wanted))


def list_events(filters: dict[str, Any], page: PageRequest) -> Page:
    """The events whose columns are as `filters` has them."""
    wanted = {f"wanted_{name}": value for name, value in filters.items()}
    return read_page(_listing(frozenset(filters)), page, wanted)
