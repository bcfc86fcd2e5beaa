"""Import items again without undoing edits made in the blog."""

from __future__ import annotations

from typing import Any

from blog_api.crud.imports import KnownFile
from blog_api.database.columns import utcnow
from blog_api.services.importing.candidates import Candidate
from blog_api.services.importing.report import Report
from blog_api.text.issues import Code, Note


def is_to_update(candidate: Candidate, report: Report, *, is_same: bool, overwrite: bool) -> bool:
    """Return whether to create or update the post of a candidate. Adds to the report.

    Posts that were edited in the blog are skipped without `overwrite`. All others follow their items.
    """
    known, status = candidate.known, _target_status(candidate.data)
    if known is None:
        return True
    if known.is_edited and not overwrite:
        note = Note(Code.EDITED_IN_BLOG, "the post was edited or deleted in the blog")
        report.note(candidate.place, note, known.post_id, line=candidate.item.line)
        return False
    if is_same and not known.is_edited and known.status == status:
        report.unchanged += 1
        return False
    return True


def describe_status(data: dict[str, Any], known: KnownFile | None) -> list[Note]:
    """Return a note if `data` changes the status of the post of a known item."""
    status = _target_status(data)
    if known is None or known.status == status:
        return []
    return [Note(Code.STATUS_CHANGED, f"the post was {known.status} and is now {status}")]


def _target_status(data: dict[str, Any]) -> str:
    is_scheduled = data["status"] == "published" and data["published_at"] > utcnow()
    return "scheduled" if is_scheduled else str(data["status"])
