"""Read the names of authors from front matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from blog_api.text.bylines import split_byline, without_addresses
from blog_api.text.documents import MAX_NAME
from blog_api.text.folding import fold_tag, is_blank, tidy
from blog_api.text.front_matter import FrontMatter, lower_keys
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Tally
from blog_api.text.unread import AUTHOR_KEYS

_KEYS_OF_NAMES = ("username", "slug", "name")
_MAX_KEYS = 100


class AuthorNames(NamedTuple):
    """The distinct names of authors, in order, and the bylines that were split into several."""

    names: tuple[str, ...]
    tallies: tuple[Tally, ...]


def read_authors(matter: FrontMatter, is_known: Callable[[str], bool] | None = None) -> AuthorNames:
    """Return the authors, also those in Zola's taxonomies. Adds notes on what is left out.

    Bylines that `is_known` accepts are names. Handles stay in the names; mail addresses do not.
    """
    taxonomies = lower_keys(matter.get("taxonomies"))
    places = [(key, key, matter.get(key)) for key in AUTHOR_KEYS]
    places += [(key, "taxonomies", taxonomies.get(key)) for key in AUTHOR_KEYS]
    names: dict[str, str] = {}
    tallies: list[Tally] = []
    for key, place, value in places:
        items = _items(key, value, is_known)
        found = [name for item in items if (name := _read(matter, key, place, item))]
        for name in found:
            names.setdefault(fold_tag(name), name)
        if isinstance(value, str) and len(found) > value.count(",") + 1:
            detail = f"split into several authors: {'; '.join(found)[:200]}"
            tallies.append(Tally(Code.BYLINE_SPLIT, detail, matter.line_of(place)))
    return AuthorNames(tuple(names.values()), tuple(tallies))


def _items(key: str, value: Value, is_known: Callable[[str], bool] | None) -> Iterable[Value]:
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return split_byline(value, is_list=key == "authors", is_known=is_known)
    return [value]


def _read(matter: FrontMatter, key: str, place: str, item: Value) -> str:
    """Return the name in a list item, or "". Adds to the notes."""
    if isinstance(item, dict):
        named = lower_keys(item) if len(item) <= _MAX_KEYS else {}
        item = next((named[inner] for inner in _KEYS_OF_NAMES if named.get(inner)), [])
    if isinstance(item, list | dict):
        matter.skip(place, f"{key} must be a name or a list of names, so this is left out")
        return ""
    text = item or ""
    if len(text) > MAX_NAME:
        detail = f"{key}: a name has more than {MAX_NAME} characters, so it is left out: {text[:100]}"
        matter.skip(place, detail)
        return ""
    name = tidy(without_addresses(text))
    if name == "" and not is_blank(text):
        matter.skip(place, f"{key}: an address is not a name, so it is left out")
    return "" if is_blank(name) else name
