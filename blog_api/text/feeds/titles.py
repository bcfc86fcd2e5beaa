"""The title of a feed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from blog_api.text.folding import fold
from blog_api.text.times import format_time

_QUOTED = ("q", "title_contains")


def title_of(site_title: str, filters: Mapping[str, Any], posts: Sequence[Mapping[str, Any]]) -> str:
    """Return the title of the site, followed by what the feed is filtered by.

    Tags and authors have their names if a post of the feed shows them, otherwise they are shown as they were given.
    """
    parts = [part for name, value in filters.items() for part in _parts(name, value, posts)]
    return f"{site_title}: {', '.join(parts)}" if parts else site_title


def _parts(name: str, value: Any, posts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if name in ("tag", "any_tag"):
        known = {tag["slug"]: tag["name"] for post in posts for tag in post["tags"]}
        yield from (known.get(slug, slug) for slug in value)
    elif name == "author":
        authors = [author for post in posts for author in post["authors"]]
        known = {fold(author["username"]): author["display_name"] for author in authors}
        known |= {str(author["id"]): author["display_name"] for author in authors}
        yield from (known.get(fold(author), author) for author in value)
    elif name in _QUOTED:
        yield f"“{value}”"
    else:
        yield f"{name}={_as_parameter(value)}"


def _as_parameter(value: Any) -> str:
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, bool):
        return str(value).lower()
    return (
        ",".join(map(str, value))
        if isinstance(value, Iterable) and not isinstance(value, str)
        else str(value)
    )
