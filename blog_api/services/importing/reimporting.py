"""Import files again without undoing edits made in the blog, and report the results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blog_api.crud.imports import KnownFile
from blog_api.database.columns import utcnow
from blog_api.services.importing.sources import FileIssue


@dataclass(slots=True)
class Report:
    """The results of an import.

    `skipped` files have posts that were edited in the blog; `purged` counts files whose posts were permanently deleted.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    purged: int = 0
    rejected: list[FileIssue] = field(default_factory=list)
    skipped: list[FileIssue] = field(default_factory=list)
    notes: list[FileIssue] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Return the counts in one line; skipped and purged only if there are any."""
        counts = {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": len(self.rejected),
        }
        optional = {"skipped": len(self.skipped), "purged": self.purged}
        counts |= {name: number for name, number in optional.items() if number}
        return ", ".join(f"{name} {number}" for name, number in counts.items())


def changes_to_apply(
    path: Path, data: dict[str, Any], known: KnownFile, report: Report, *, is_same: bool, overwrite: bool
) -> dict[str, Any] | None:
    """Return the part of `data` to apply to the post of a known file, or None to skip it. Adds to the report.

    Without `overwrite`, posts that were edited in the blog are skipped, and no post changes its status.
    """
    status = _target_status(data)
    if overwrite:
        if is_same and not known.is_edited and known.status == status:
            report.unchanged += 1
            return None
        return data
    if known.is_edited:
        report.skipped.append(FileIssue(path, 1, "the post was edited or deleted in the blog"))
        return None
    if known.status == status:
        return data
    report.notes.append(FileIssue(path, 1, f"the file says {status}, but the post stays {known.status}"))
    return {name: value for name, value in data.items() if name not in ("status", "published_at")}


def _target_status(data: dict[str, Any]) -> str:
    is_scheduled = data["status"] == "published" and data["published_at"] > utcnow()
    return "scheduled" if is_scheduled else str(data["status"])
