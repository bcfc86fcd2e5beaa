"""Queries for audit events."""

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
    """Add an event. It expires after RETENTION."""
    db.session.add(AuditEvent(**columns, expires_at=utcnow() + RETENTION))


@lru_cache
def _listing(filters: frozenset[str]) -> Listing:
    conditions = (getattr(AuditEvent, name) == bindparam(f"filter_{name}") for name in sorted(filters))
    return Listing(_SELECT, AuditEvent.created_at, AuditEvent.id, tuple(conditions))


def list_events(filters: dict[str, Any], page: PageRequest) -> Page:
    """Read a page of the events whose columns equal the values in `filters`."""
    parameters = {f"filter_{name}": value for name, value in filters.items()}
    return read_page(_listing(frozenset(filters)), page, parameters)
