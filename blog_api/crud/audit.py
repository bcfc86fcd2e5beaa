"""Queries for audit events."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models.audit import AuditEvent
from blog_api.paging.filtered import FilteredList
from blog_api.paging.pages import Page, PageRequest

RETENTION = timedelta(days=365)

_SELECT = select(
    AuditEvent.id, AuditEvent.action, AuditEvent.actor_id, AuditEvent.user_id, AuditEvent.detail, AuditEvent.address,
    AuditEvent.request_id, AuditEvent.created_at,
)  # fmt: skip
_EVENTS = FilteredList(
    _SELECT,
    AuditEvent.id,
    sorts={"created_at": AuditEvent.created_at},
    filters=(AuditEvent.action, AuditEvent.actor_id, AuditEvent.user_id),
)


def add_event(**columns: Any) -> None:
    """Add an event. It expires after RETENTION."""
    db.session.add(AuditEvent(**columns, expires_at=utcnow() + RETENTION))


def list_events(filters: dict[str, Any], page: PageRequest) -> Page:
    """Read a page of the events whose columns equal the values in `filters`."""
    return _EVENTS.read(page, filters)
