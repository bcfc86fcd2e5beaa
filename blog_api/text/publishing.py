"""Decide when a file is published, if at all, by the rules of Hugo, Jekyll and Zola."""

from __future__ import annotations

from datetime import datetime, tzinfo
from pathlib import PurePosixPath
from typing import NamedTuple

from blog_api.text.dates import date_of_folders, parse_datetime, split_dated_name
from blog_api.text.front_matter import FALSE, FrontMatter, lower_keys
from blog_api.text.issues import Code, Note

# In this order, as in Hugo.
_DATES = ("publishdate", "pubdate", "published", "date")
_HIDDEN_IF_TRUE = ("headless", "hidden", "unlisted", "private")
_HIDDEN_IF_FALSE = ("render", "permalink")
_HIDDEN_STATUSES = ("draft", "hidden", "pending", "private", "trash", "unlisted")
# Values of `build.render` and `build.list` in Hugo that keep a page out of the site or out of its lists.
_NOT_BUILT = (*FALSE, "never", "link", "local")
_BUILD = ("build", "_build")
PUBLICATION_KEYS = (*_DATES, *_HIDDEN_IF_TRUE, *_HIDDEN_IF_FALSE, *_BUILD, "draft", "status")


class Publication(NamedTuple):
    """Whether a post is a draft, its date in UTC, and notes on both."""

    draft: bool
    date: datetime | None
    notes: tuple[Note, ...]


def read_publication(matter: FrontMatter, path: str, own_path: str, zone: tzinfo) -> Publication:
    """Read the publication from the front matter and the paths of the file and the page.

    Dates without a time zone are in `zone`. Raises Refused for invalid values.
    """
    day = _date_in(own_path, zone) or _date_in(path, zone)
    date, notes = _date(matter, day, zone)
    if hidden := _hidden(matter):
        notes = (*notes, hidden)
    return Publication(
        _is_draft(matter) or "_drafts" in PurePosixPath(path).parts or bool(hidden), date, notes
    )


def _date_in(path: str, zone: tzinfo) -> datetime | None:
    """Return the date in the name of a file, or else in its folders."""
    return split_dated_name(PurePosixPath(path).stem, zone)[0] or date_of_folders(path, zone)


def _date(
    matter: FrontMatter, day: datetime | None, zone: tzinfo
) -> tuple[datetime | None, tuple[Note, ...]]:
    """Return the date of the front matter, or else `day`, the one in the path."""
    for key in _DATES:
        text = matter.text(key)
        if not text or (key == "published" and matter.is_flag(key)):
            continue
        try:
            return parse_datetime(text, zone), ()
        except ValueError as error:
            detail = f"{key} is not a valid date: {text[:50]}"
            # The other keys can delay the publication, so a post must not ignore them.
            if day is None or key != "date":
                raise matter.error(key, detail, Code.DATE_INVALID) from error
            detail += "; the date in the path is used"
            return day, (Note(Code.DATE_FROM_PATH, detail, matter.line_of(key)),)
    return day, ()


def _is_draft(matter: FrontMatter) -> bool:
    is_withheld = matter.is_flag("published") and not matter.flag("published", default=True)
    return matter.flag("draft", default=False) or is_withheld


def _hidden(matter: FrontMatter) -> Note | None:
    """Return a note on the first key that keeps the page out of the site or its lists, if any."""
    for key in _HIDDEN_IF_TRUE:
        if matter.flag(key, default=False):
            return _draft_because(matter, key, "true")
    for key in _HIDDEN_IF_FALSE:
        if matter.is_flag(key) and not matter.flag(key, default=True):
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
