"""The report on an export."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from blog_api.services.importing.report import Report


@dataclass(slots=True)
class ExportReport(Report):
    """The number of exported rows by what they are, and what is left out or missing."""

    exported: Counter[str] = field(default_factory=Counter)

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of exported rows by what they are."""
        refused = sum(entry.level == "refused" for entry in self.entries)
        return {**self.exported, "refused": refused}

    @property
    def summary(self) -> str:
        """Return the counts in one line."""
        return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in self.counts.items())
