"""Decide when a file is published, if at all, by the rules of Hugo, Jekyll and Zola."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import PurePosixPath
from typing import NamedTuple

from blog_api.text.dates import date_of_folders, parse_datetime, parse_zoned, split_dated_name
from blog_api.text.front_matter import FALSE, TRUE, FrontMatter, lower_keys
from blog_api.text.issues import Code, Note

# In this order, as in Hugo.
_DATES = ("publishdate", "pubdate", "published", "date")
_HIDDEN_IF_TRUE = ("headless", "hidden", "unlisted", "private")
_HIDDEN_IF_FALSE = ("render", "permalink")
_HIDDEN_STATUSES = ("draft", "hidden", "private", "unlisted")
_STATUSES = {"pending": "pending", "archived": "archived"}
# Values of `build.render` and `build.list` in Hugo that keep a page out of the site or out of its lists.
_NOT_BUILT = (*FALSE, "never", "link", "local")
_BUILD = ("build", "_build")
PUBLICATION_KEYS = (*_DATES, *_HIDDEN_IF_TRUE, *_HIDDEN_IF_FALSE, *_BUILD, "draft", "status")


class Publication(NamedTuple):
    """The status of a post, whether it is in the trash, its date in UTC, and notes on these."""

    status: str
    is_trashed: bool
    date: datetime | None
    notes: tuple[Note, ...]


def read_publication(matter: FrontMatter, path: str, own_path: str, zone: tzinfo) -> Publication:
    """Read the publication from the front matter and the paths of the file and the page.

    Dates without a time zone are in `zone`. What is unclear makes the post a draft.
    """
    day = date_in_path(own_path, zone) or date_in_path(path, zone)
    date, unclear = _date(matter, day, zone)
    notes = tuple(filter(None, (unclear, _repeated(matter), _hidden(matter))))
    is_draft = any(note.code != Code.DATE_FROM_PATH for note in notes) or _is_draft(matter)
    status = matter.text("status").lower()
    if is_draft or "_drafts" in PurePosixPath(path).parts or status == "trash":
        return Publication("draft", status == "trash", date, notes)
    return Publication(_STATUSES.get(status, "published"), False, date, notes)


def date_in_path(path: str, zone: tzinfo) -> datetime | None:
    """Return the date in the name of a file, or else in its folders."""
    return split_dated_name(PurePosixPath(path).stem, zone)[0] or date_of_folders(path, zone)


def date_of_address(matter: FrontMatter, path: str, zone: tzinfo) -> datetime | None:
    """Return the date that a permalink shows, in the time zone in which it is written."""
    for key in reversed(_DATES):
        value = matter.values.get(key)
        with suppress(ValueError):
            if isinstance(value, str) and value.strip().lower() not in (*TRUE, *FALSE, ""):
                return parse_zoned(value, zone)
    day = date_in_path(path, zone)
    return day.astimezone(zone) if day else None


def _date(matter: FrontMatter, day: datetime | None, zone: tzinfo) -> tuple[datetime | None, Note | None]:
    """Return the date of the front matter, or else `day`, the one in the path, and a note on an invalid date."""
    invalid: Note | None = None
    for key in _DATES:
        value = matter.get(key)
        text = value.strip() if isinstance(value, str) else str(value or "")
        if not text or (key == "published" and matter.is_flag(key)):
            continue
        try:
            return parse_datetime(text, zone), invalid
        except ValueError:
            detail = f"{key} is not a valid date: {text[:50]}"
            # The other keys can delay the publication, so a post must not ignore them.
            if day is not None and key == "date" and invalid is None:
                detail += "; the date in the path is used"
                return day, Note(Code.DATE_FROM_PATH, detail, matter.line_of(key))
            detail += ", so the post is a draft"
            invalid = invalid or Note(Code.DATE_INVALID, detail, matter.line_of(key))
    return day, invalid


def _repeated(matter: FrontMatter) -> Note | None:
    """Return a note on the first key of these that is duplicated, if any."""
    key = next((key for key in PUBLICATION_KEYS if key in matter.repeated), None)
    return _draft_because(matter, key, "duplicated") if key else None


def _is_draft(matter: FrontMatter) -> bool:
    return matter.is_true("draft") or (matter.is_flag("published") and not matter.is_true("published"))


def _hidden(matter: FrontMatter) -> Note | None:
    """Return a note on the first key that keeps the page out of the site or its lists, if any."""
    for key in ("draft", *_HIDDEN_IF_TRUE):
        value = matter.get(key)
        if (value.strip() if isinstance(value, str) else value) and not matter.is_flag(key):
            detail = f"{key} must be true or false, so the post is a draft"
            return Note(Code.VALUE_SKIPPED, detail, matter.line_of(key))
        if key != "draft" and matter.is_true(key):
            return _draft_because(matter, key, "true")
    for key in _HIDDEN_IF_FALSE:
        if matter.is_flag(key) and not matter.is_true(key):
            return _draft_because(matter, key, "false")
    if (status := matter.text("status").lower()) in _HIDDEN_STATUSES:
        return _draft_because(matter, "status", status)
    for key in _BUILD:
        value = matter.get(key)
        options = lower_keys(value) or {"render": value}
        for option in ("render", "list"):
            choice = options.get(option)
            if isinstance(choice, str) and choice.lower() in _NOT_BUILT:
                return _draft_because(matter, key, f"{option}: {choice}")
    return None


def _draft_because(matter: FrontMatter, key: str, value: str) -> Note:
    return Note(Code.HIDDEN, f"{key}: {value}, so the post is a draft", matter.line_of(key))
