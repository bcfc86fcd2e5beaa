"""Audit log schemas."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from marshmallow import fields

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Choice, Integer, OutputString, QueryInteger, Timestamp
from blog_api.schemas.paging import PageQuery, page_of, sort_field

ACTIONS = (
    "login.succeeded", "login.failed", "limit.hit", "access.denied", "password.changed", "password.refused",
    "role.changed", "account.created", "account.changed", "account.disabled", "account.enabled", "account.deleted",
    "account.erased", "api_token.created", "api_token.revoked", "password.reset_requested", "password.reset",
    "email.change_requested", "email.changed", "token.refused", "session.ended", "post.purged",
    "trash.purged", "tags.pruned", "posts.imported", "posts.seeded", "expired.removed", "mail.retried",
    "mail.dropped", "database.reset", "tag.renamed", "tag.merged", "tag.deleted", "revisions.pruned",
    "preview.created", "media.deleted", "media.cleaned", "webhook.created", "webhook.updated", "webhook.deleted",
    "webhook.secret_rotated", "webhook.disabled", "guests.erased",
)  # fmt: skip


class AuditEvent(Schema):
    """An audit event."""

    id = Integer(required=True, metadata={"example": 12})
    action = fields.String(required=True, metadata={"enum": list(ACTIONS), "example": "role.changed"})
    actor_id = Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The account that acted; null if unknown.", "example": 1},
    )
    user_id = Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The affected account; null if none or unknown.", "example": 7},
    )
    detail = OutputString(200, "author to editor")
    address = OutputString(45, "192.0.2.1")
    request_id = OutputString(64, "6f1c9c9e0f0b4e0e8a52a3c5d1f7a2b4")
    created_at = Timestamp(required=True, metadata={"example": "2026-01-31T12:00:00Z"})


AuditPage = page_of(AuditEvent(), "AuditPage")


class AuditQuery(PageQuery):
    """The query parameters of the audit log."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"created_at": datetime}
    sort = sort_field(sort_keys, "-created_at")
    action = Choice(ACTIONS, metadata={"description": "Only events of this kind."})
    actor_id = QueryInteger(metadata={"description": "Only events caused by this account."})
    user_id = QueryInteger(metadata={"description": "Only events that affect this account."})
