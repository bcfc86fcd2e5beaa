"""The report on an import, which is the same for all formats."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from blog_api.text.issues import Code, Note, Refused, Tally

# The notes that the summary counts.
_COUNTED = {
    Code.EDITED_IN_BLOG: "skipped",
    Code.FILE_GONE: "gone",
    Code.FOLDER_NOT_ENTERED: "ignored",
    Code.NOT_MARKDOWN: "ignored",
    Code.SECTION_PAGE: "ignored",
}
_ALWAYS_SHOWN = ("created", "updated", "unchanged", "refused")


class Entry(NamedTuple):
    """A refusal or a note. `source` is the path of a file or folder, as text."""

    source: str
    line: int
    level: Literal["refused", "note"]
    code: Code
    detail: str
    post_id: int | None = None

    @classmethod
    def refusal(cls, source: Path | str, error: Refused, post_id: int | None = None) -> Entry:
        """Return an entry about what cannot be imported."""
        return cls(path_to_text(source), error.line, "refused", error.code, _clean(error.detail), post_id)

    @classmethod
    def note(cls, source: Path | str, note: Note, post_id: int | None = None) -> Entry:
        """Return an entry about what is imported, or is left out on purpose."""
        return cls(path_to_text(source), note.line, "note", note.code, _clean(note.detail), post_id)

    def as_dict(self) -> dict[str, Any]:
        """Return the members of the entry, without a `post_id` if there is no post."""
        return {name: value for name, value in self._asdict().items() if value is not None}


@dataclass(slots=True)
class Report:
    """The results of an import. `purged` counts sources whose posts were permanently deleted.

    A picture is counted once for each post that shows it. `comments` counts new ones.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    purged: int = 0
    comments: int = 0
    pictures_uploaded: int = 0
    pictures_reused: int = 0
    pictures_skipped: int = 0
    entries: list[Entry] = field(default_factory=list)
    _first: dict[tuple[Code, str], Entry] = field(default_factory=dict)
    _times: Counter[tuple[Code, str]] = field(default_factory=Counter)

    def refuse(
        self, source: Path | str, error: Refused, post_id: int | None = None, *, line: int = 1
    ) -> None:
        """Add a refusal. `line` is the first line of its item."""
        entry = Entry.refusal(source, error, post_id)
        self.entries.append(entry._replace(line=max(entry.line, line)))

    def note(self, source: Path | str, note: Note, post_id: int | None = None, *, line: int = 1) -> None:
        """Add a note. `line` is the first line of its item."""
        entry = Entry.note(source, note, post_id)
        self.entries.append(entry._replace(line=max(entry.line, line)))

    def tally(self, source: Path | str, tally: Tally, *, line: int = 1) -> None:
        """Count an occurrence. The report has one note on all of them, at the place of the first."""
        key = (tally.code, tally.detail)
        if key not in self._first:
            note = Note(tally.code, tally.detail, max(tally.line, line))
            self._first[key] = Entry.note(source, note)
        self._times[key] += 1

    def drop_ignored(self, paths: Container[str]) -> None:
        """Remove the entries that say that these files are not Markdown."""
        self.entries = [
            entry for entry in self.entries if entry.code != Code.NOT_MARKDOWN or entry.source not in paths
        ]

    @property
    def sorted_entries(self) -> list[Entry]:
        """Return the refusals, then the notes, then the tallies."""
        counted = [
            entry._replace(detail=f"{entry.detail} ({times:,} times, first here)") if times > 1 else entry
            for entry, times in ((entry, self._times[key]) for key, entry in self._first.items())
        ]
        return [*sorted(self.entries, key=lambda entry: entry.level != "refused"), *counted]

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of sources by result."""
        noted = Counter(_COUNTED.get(entry.code) for entry in self.entries)
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": sum(entry.level == "refused" for entry in self.entries),
            "skipped": noted["skipped"],
            "purged": self.purged,
            "ignored": noted["ignored"],
            "gone": noted["gone"],
            "comments": self.comments,
            "pictures_uploaded": self.pictures_uploaded,
            "pictures_reused": self.pictures_reused,
            "pictures_skipped": self.pictures_skipped,
        }

    @property
    def summary(self) -> str:
        """Return the counts in one line, less important ones only if there are any."""
        shown = {name: number for name, number in self.counts.items() if number or name in _ALWAYS_SHOWN}
        return ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in shown.items())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as the JSON object of `--report`."""
        return {"counts": self.counts, "entries": [entry.as_dict() for entry in self.sorted_entries]}


def path_to_text(path: Path | str) -> str:
    r"""Return the path as text that every database accepts. Bytes that are not UTF-8 become `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _clean(text: str) -> str:
    """Escape surrogates, which escape sequences in front matter can produce."""
    return text.encode("utf-8", "backslashreplace").decode()
