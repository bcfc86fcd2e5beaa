"""The URLs of posts, tags and users on the site, built from templates with placeholders, and parsing their paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from blog_api.text.paths import canonical_path

Kind = Literal["post", "tag", "user"]
DATE_PLACEHOLDERS = ("{year}", "{month}", "{day}")
# The pattern of each placeholder in a path.
_VALUES = {
    "slug": "[A-Za-z0-9._~-]+",
    "id": "[1-9][0-9]{0,17}",
    "year": "[0-9]{4}",
    "month": "[0-9]{2}",
    "day": "[0-9]{2}",
}
# As `canonical_path` writes it.
_PLACEHOLDER = re.compile("%7B(slug|id|year|month|day)%7D")


class Target(NamedTuple):
    """What the site can show at a path: the kind, and the id or the slug (of a user, the username) in the path."""

    kind: Kind
    id: int | None
    slug: str | None


@dataclass(frozen=True, slots=True)
class Permalinks:
    """The templates POST_URL, TAG_URL and AUTHOR_URL, if they are set, the time zone of dates, and PUBLIC_URL.

    `service_root` precedes the paths of this service: PUBLIC_URL, or else the path prefix.
    """

    post: str | None
    tag: str | None
    user: str | None
    timezone: tzinfo
    public_url: str | None
    service_root: str

    @property
    def templates(self) -> dict[Kind, str | None]:
        """The templates by kind."""
        return {"post": self.post, "tag": self.tag, "user": self.user}

    @property
    def base_url(self) -> str:
        """The URL that relative links in posts are resolved against: the root of the site, or PUBLIC_URL, or empty."""
        site = urlsplit(self.post or "")
        if site.netloc:
            return f"{site.scheme}://{site.netloc}/"
        return f"{self.public_url}/" if self.public_url else ""

    def post_url(self, post_id: int, slug: str, published_at: datetime | None) -> str | None:
        """Return the URL of a post, or None without a template or without the date that it needs."""
        if self.post is None:
            return None
        values = {"id": str(post_id), "slug": slug}
        if any(placeholder in self.post for placeholder in DATE_PLACEHOLDERS):
            if published_at is None:
                return None
            local = self._local(published_at)
            values |= {"year": f"{local.year:04}", "month": f"{local.month:02}", "day": f"{local.day:02}"}
        return self.post.format_map(values)

    def tag_url(self, tag_id: int, slug: str) -> str | None:
        """Return the URL of a tag, or None without a template."""
        return self.tag and self.tag.format(id=tag_id, slug=slug)

    def user_url(self, user_id: int, username: str) -> str | None:
        """Return the URL of a user, or None without a template."""
        return self.user and self.user.format(id=user_id, slug=username)

    def targets_at(self, path: str) -> Iterator[Target]:
        """Yield what the site can show at a canonical path, with or without a trailing slash. Dates are ignored."""
        for kind, template in self.templates.items():
            pattern = _pattern_of(template) if template else None
            if pattern and (found := pattern.fullmatch(path)):
                values = found.groupdict()
                yield Target(kind, int(values["id"]) if values.get("id") else None, values.get("slug"))

    def _local(self, time: datetime) -> datetime:
        try:
            return time.astimezone(self.timezone)
        except OverflowError:
            # On the first or the last day that a datetime can have.
            return time


def path_of(url: str | None) -> str | None:
    """Return the canonical path of a URL, or None if it has none that identifies a page."""
    parts = urlsplit(url or "")
    try:
        return None if parts.query or parts.fragment else canonical_path(parts.path)
    except ValueError:
        return None


@lru_cache
def _pattern_of(template: str) -> re.Pattern[str] | None:
    """Return the pattern of the template's path, or None if the path does not identify a page."""
    path = path_of(template) or ""
    pieces = _PLACEHOLDER.split(path.removesuffix("/"))
    pattern, seen = "", set[str]()
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            pattern += re.escape(piece)
        elif piece in seen:
            pattern += f"(?P={piece})"
        else:
            seen.add(piece)
            pattern += f"(?P<{piece}>{_VALUES[piece]})"
    return re.compile(f"{pattern}/?") if {"slug", "id"} & seen else None
