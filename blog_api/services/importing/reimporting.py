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

    `skipped` files have posts that were edited in the blog; `purged` counts files whose posts were permanently deleted;
    `ignored` are the files and folders that are not read because they are no posts; `gone` are
    files that were imported earlier.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    purged: int = 0
    rejected: list[FileIssue] = field(default_factory=list)
    skipped: list[FileIssue] = field(default_factory=list)
    ignored: list[FileIssue] = field(default_factory=list)
    gone: list[FileIssue] = field(default_factory=list)
    notes: list[FileIssue] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Return the counts in one line; the others only if there are any."""
        counts = {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": len(self.rejected),
        }
        optional = {"skipped": len(self.skipped), "purged": self.purged, "ignored": len(self.ignored)}
        optional["gone"] = len(self.gone)
        counts |= {name: number for name, number in optional.items() if number}
        return ", ".join(f"{name} {number}" for name, number in counts.items())


def is_to_update(
    path: Path, data: dict[str, Any], known: KnownFile, report: Report, *, is_same: bool, overwrite: bool
) -> bool:
    """Return whether to update the post of a known file with `data`. Adds to the report.

    Posts that were edited in the blog are skipped without `overwrite`. All others follow their files.
    """
    status = _target_status(data)
    if known.is_edited and not overwrite:
        report.skipped.append(FileIssue(path, 1, "the post was edited or deleted in the blog"))
        return False
    if is_same and not known.is_edited and known.status == status:
        report.unchanged += 1
        return False
    if known.status != status:
        report.notes.append(FileIssue(path, 1, f"the post was {known.status} and is now {status}"))
    return True


def _target_status(data: dict[str, Any]) -> str:
    is_scheduled = data["status"] == "published" and data["published_at"] > utcnow()
    return "scheduled" if is_scheduled else str(data["status"])
