"""Expand the permalinks of Jekyll and Hugo, which say where a page was on its former site."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

from blog_api.text.dates import split_dated_name
from blog_api.text.paths import canonical_path

# Jekyll's names for common permalinks.
STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PLACEHOLDER = re.compile(r":(\w+)((?:\[[^\]]*\])?)", re.ASCII)
_SLICE = re.compile(r"\[(last|\d*)(:?)(last|\d*)\]", re.ASCII)
_NOT_ALNUM = re.compile(r"[\W_]+")
# Jekyll keeps these signs in `:title`.
_NOT_PRETTY = re.compile(r"[^\w.~!$&'()+,;=@]+")
# What Hugo removes, besides spaces.
_NOT_HUGO = re.compile(r"(?!%[0-9A-Fa-f]{2})[^\w\s./\\#+~@-]")
_SLASHES = re.compile(r"/{2,}")


class Page(NamedTuple):
    """What the former address of a page is made from.

    `path` is that of the file, and `name` its name without suffixes and date, or that of the folder for an index page.
    `slug` is the slug as it was written, if any. `date` is in the time zone of the site, `written_date` as written.
    """

    path: str
    name: str
    title: str
    slug: str = ""
    categories: tuple[str, ...] = ()
    date: datetime | None = None
    written_date: datetime | None = None


class NoDateError(ValueError):
    """The permalink needs a date, and the page has none."""


def unknown_placeholders(pattern: str) -> list[str]:
    """Return the placeholders of a permalink that `expand` does not know."""
    found = _PLACEHOLDER.finditer(STYLES.get(pattern, pattern))
    return [match[0] for match in found if _name_in(match[1], match[2]) is None]


def has_placeholders(pattern: str) -> bool:
    """Return whether a permalink has placeholders, or is one of Jekyll's styles."""
    return pattern in STYLES or bool(_PLACEHOLDER.search(pattern))


def expand(pattern: str, page: Page) -> str:
    """Return the canonical path of a page on its former site.

    `:title` and `:slug` have other meanings in Hugo than in Jekyll. Jekyll's files have a date in their names, or are
    in a folder `_posts`. Raises ValueError if there is no such path, and NoDateError without a date.
    """
    pattern = STYLES.get(pattern, pattern)
    names = {_name_in(*match.groups()) for match in _PLACEHOLDER.finditer(pattern)}
    is_of_hugo = not is_of_jekyll(page) or not names.isdisjoint(_ONLY_HUGO)
    values = {**_JEKYLL, **_HUGO} if is_of_hugo else {**_HUGO, **_JEKYLL}
    date = (page.written_date or page.date) if is_of_hugo else page.date

    def value(match: re.Match[str]) -> str:
        name = _name_in(*match.groups())
        if name is None:
            raise ValueError(f"{match[0]} is unknown")
        if name not in _DATES:
            text = values[name](page)
        elif date:
            text = _DATES[name](date)
        else:
            raise NoDateError("there is no date")
        cut, after = (match[2], "") if name == "sections" else ("", match[2])
        return quote(_slice(text, cut), safe="/") + match[1].removeprefix(name) + after

    return former_path(_PLACEHOLDER.sub(value, pattern))


def former_path(path: str) -> str:
    """Return the canonical path for a path on a former site. Raises ValueError.

    Like Jekyll, ignores repeated slashes and segments of dots. `index.html` is the page of its folder.
    """
    path = _SLASHES.sub("/", f"/{path}")
    segments = [segment for segment in path.split("/") if segment.strip(".") or not segment]
    path = "/".join(segments)
    return canonical_path(path.removesuffix("index.html") if path.endswith("/index.html") else path or "/")


def is_of_jekyll(page: Page) -> bool:
    """Return whether the file has a name or a folder as in Jekyll."""
    path = PurePosixPath(page.path)
    in_folder = not {"_posts", "_drafts"}.isdisjoint(path.parts)
    return in_folder or split_dated_name(path.stem)[0] is not None


def _name_in(word: str, cut: str) -> str | None:
    """Return the longest known placeholder at the start of a word, as `:year` in `:year_old`, or None."""
    while word not in _KNOWN and "_" in word:
        word = word.rpartition("_")[0]
    if word not in _KNOWN or (cut and word == "sections" and not _SLICE.fullmatch(cut)):
        return None
    return word


def _slice(text: str, cut: str) -> str:
    """Return some of the sections in a path, as Hugo's `[1:]`, `[0]` and `[last]` select them."""
    if not cut or not (match := _SLICE.fullmatch(cut)):
        return text
    sections = text.split("/") if text else []
    last = max(0, len(sections) - 1)
    low = last if match[1] == "last" else int(match[1] or 0)
    if not match[2]:
        return "/".join(sections[low : low + 1])
    high = last if match[3] == "last" else int(match[3] or len(sections))
    return "/".join(sections[low:high])


def _hyphenate(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub("-", text).removeprefix("-").removesuffix("-")


def _urlize(text: str) -> str:
    """Return text as a segment of a path in Hugo: spaces become hyphens, and other signs are removed."""
    return re.sub(r"-*\s+-*", "-", _NOT_HUGO.sub("", text.strip())).lower()


def _basename(page: Page) -> str:
    """Return the name of the file without its last suffix, its date included."""
    path = PurePosixPath(page.path)
    return path.parent.name if path.name.startswith("index.") else path.stem


def _dated_name(page: Page) -> str:
    """Return the name with its date, but without the language, as Hugo calls a file."""
    basename = _basename(page)
    end = basename.rfind(page.name) + len(page.name) if page.name in basename else len(basename)
    return basename[:end]


def _inner_path(page: Page) -> str:
    """Return the path of a file in its collection, without its suffix."""
    return str(PurePosixPath(page.path).with_suffix("")).rpartition("_posts/")[2]


def _sections(page: Page) -> str:
    folders = PurePosixPath(page.path).parts[:-1]
    if PurePosixPath(page.path).name.startswith("index."):
        folders = folders[:-1]
    return "/".join(filter(None, map(_urlize, folders)))


def _categories(page: Page) -> Iterator[str]:
    return iter(dict.fromkeys(category.lower() for category in page.categories))


_DATES: Mapping[str, Callable[[datetime], str]] = {
    "year": lambda date: f"{date.year:04}",
    "month": lambda date: f"{date.month:02}",
    "day": lambda date: f"{date.day:02}",
    "hour": lambda date: f"{date.hour:02}",
    "minute": lambda date: f"{date.minute:02}",
    "second": lambda date: f"{date.second:02}",
    # Jekyll
    "i_day": lambda date: str(date.day),
    "i_month": lambda date: str(date.month),
    "short_year": lambda date: f"{date.year % 100:02}",
    "short_month": lambda date: _MONTHS[date.month - 1][:3].upper(),
    "long_month": lambda date: _MONTHS[date.month - 1],
    "w_year": lambda date: f"{date.isocalendar().year:04}",
    "week": lambda date: f"{date.isocalendar().week:02}",
    "w_day": lambda date: str(date.isoweekday()),
    "short_day": lambda date: _DAYS[date.weekday()][:3].upper(),
    "long_day": lambda date: _DAYS[date.weekday()],
    "y_day": lambda date: f"{date.timetuple().tm_yday:03}",
    # Hugo
    "monthname": lambda date: _MONTHS[date.month - 1],
    "weekday": lambda date: str(date.isoweekday() % 7),
    "weekdayname": lambda date: _DAYS[date.weekday()],
    "yearday": lambda date: str(date.timetuple().tm_yday),
}
_JEKYLL: Mapping[str, Callable[[Page], str]] = {
    "title": lambda page: _hyphenate(page.slug or page.name, _NOT_PRETTY),
    "slug": lambda page: _hyphenate(page.slug or page.name, _NOT_ALNUM).lower(),
    "name": lambda page: _hyphenate(_basename(page), _NOT_ALNUM).lower(),
    "basename": lambda page: page.name,
    "slugorbasename": lambda page: page.slug or page.name,
    "path": _inner_path,
    "collection": lambda _page: "posts",
    "categories": lambda page: "/".join(_categories(page)),
    "slugified_categories": lambda page: "/".join(
        _hyphenate(category, _NOT_ALNUM) for category in _categories(page)
    ),
    "output_ext": lambda _page: ".html",
}
_HUGO: Mapping[str, Callable[[Page], str]] = {
    "title": lambda page: _urlize(page.title),
    "slug": lambda page: _urlize(page.slug or page.title),
    "slugorfilename": lambda page: _urlize(page.slug or _dated_name(page)),
    "slugorcontentbasename": lambda page: _urlize(page.slug or _dated_name(page)),
    "filename": lambda page: _urlize(_dated_name(page)),
    "contentbasename": lambda page: _urlize(_dated_name(page)),
    "section": lambda page: _sections(page).partition("/")[0],
    "sections": _sections,
}
_ONLY_HUGO = (_HUGO.keys() - _JEKYLL.keys()) | {"monthname", "weekday", "weekdayname", "yearday"}
_KNOWN = _DATES.keys() | _JEKYLL.keys() | _HUGO.keys()
PLACEHOLDERS = tuple(f":{name}" for name in sorted(_KNOWN))
