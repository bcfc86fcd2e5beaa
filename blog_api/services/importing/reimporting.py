"""What an import does with a file that it knows, so that it undoes nothing that people did; and what it tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blog_api.crud.imports import KnownFile
from blog_api.database.columns import utcnow
from blog_api.services.importing.sources import FileIssue


@dataclass(slots=True)
class Report:
    """What became of the files. People have changed the posts of those `left`; the posts of those `purged` are gone."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    purged: int = 0
    rejected: list[FileIssue] = field(default_factory=list)
    skipped: list[FileIssue] = field(default_factory=list)
    notes: list[FileIssue] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """The numbers; the last two only where there are any."""
        usual = f"made {self.created}, updated {self.updated}, unchanged {self.unchanged}, refused {len(self.rejected)}"
        rare = {"left alone": len(self.skipped), "purged": self.purged}
        return usual + "".join(f", {what} {number}" for what, number in rare.items() if number)


def changes_to_apply(
    path: Path, data: dict[str, Any], known: KnownFile, report: Report, *, is_same: bool, overwrite: bool
) -> dict[str, Any] | None:
    """What of `data` to set of the post of a known file; None where it is to stay as it is, which the report tells.

    Without `overwrite` a post that people have changed is left alone, and none gets another status.
    """
    status = _target_status(data)
    if overwrite:
        if is_same and not known.is_edited and known.status == status:
            report.unchanged += 1
            return None
        return data
    if known.is_edited:
        report.skipped.append(FileIssue(path, 1, "its post was changed or deleted in the blog"))
        return None
    if known.status == status:
        return data
    report.notes.append(FileIssue(path, 1, f"would be {status}, but its post stays {known.status}"))
    return {name: value for name, value in data.items() if name not in ("status", "published_at")}


def _target_status(data: dict[str, Any]) -> str:
    waits = data["status"] == "published" and data["published_at"] > utcnow()
    return "scheduled" if waits else str(data["status"])
