"""Count what exports leave out."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from blog_api.database.base import Base
from blog_api.database.session import execute_rows
from blog_api.models.api_tokens import ApiToken
from blog_api.models.audit import AuditEvent
from blog_api.models.changes import Change
from blog_api.models.comments import Comment
from blog_api.models.confirmations import Confirmation
from blog_api.models.imports import ImportedFile
from blog_api.models.outbox import OutboxMessage
from blog_api.models.previews import Preview
from blog_api.models.reactions import Follow, Like
from blog_api.models.revisions import Revision
from blog_api.models.sessions import LoginSession
from blog_api.models.webhooks import Webhook
from blog_api.models.working_copies import WorkingCopy

# Not exported.
_SECRET: dict[str, type[Base]] = {
    "sessions": LoginSession,
    "API tokens": ApiToken,
    "confirmations": Confirmation,
    "previews": Preview,
    "webhooks": Webhook,
    "queued mail": OutboxMessage,
    "audit events": AuditEvent,
    "changes": Change,
    "import records": ImportedFile,
}
# Not exported as Markdown.
_NOT_IN_MARKDOWN: dict[str, type[Base]] = {
    "comments": Comment,
    "likes": Like,
    "follows": Follow,
    "revisions": Revision,
    "working copies": WorkingCopy,
}


def count_left_out(*, is_markdown: bool) -> dict[str, int]:
    """Return the number of rows that an export leaves out, by what they are."""
    return _count({**_SECRET, **_NOT_IN_MARKDOWN}.items() if is_markdown else _SECRET.items())


def _count(tables: Iterable[tuple[str, type[Base]]]) -> dict[str, int]:
    counts = (
        (name, execute_rows(select(func.count()).select_from(model), {}).scalar_one())
        for name, model in tables
    )
    return {name: number for name, number in counts if number}
