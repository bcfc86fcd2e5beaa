"""What a feed shows, in any format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import idna

from blog_api.text.feeds.pictures import PictureUrls
from blog_api.text.permalinks import Permalinks

# An empty feed has no time of its own, but Atom requires one.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Author(NamedTuple):
    """An author of an entry. `url` is None without AUTHOR_URL."""

    name: str
    url: str | None


class Entry(NamedTuple):
    """A post in a feed. `html` is None until the post is rendered, `image` is a URL, `tags` are names."""

    id: str
    url: str
    title: str
    summary: str
    html: str | None
    published: datetime
    updated: datetime
    authors: list[Author]
    tags: list[str]
    language: str | None
    image: str | None


class Feed(NamedTuple):
    """A feed. `url` is its own address, `id` the address of its first page."""

    title: str
    description: str
    language: str
    home_url: str
    id: str
    url: str
    next_url: str | None
    entries: list[Entry]

    @property
    def updated(self) -> datetime:
        """The time of the newest change of an entry, so that an unchanged feed stays the same."""
        return max((entry.updated for entry in self.entries), default=NEVER)


def entries_of(posts: Iterable[Mapping[str, Any]], permalinks: Permalinks) -> list[Entry]:
    """Return the entries for rows of posts with the members that they need."""
    authority, pictures = _authority(permalinks.base_url), PictureUrls.of(permalinks)
    return [
        Entry(
            # RFC 4151. It stays the same if the slug or the title changes.
            f"tag:{authority},{post['created_at']:%Y-%m-%d}:posts/{post['id']}",
            post["url"],
            post["title"],
            post["summary"],
            pictures.complete(post["html"]),
            post["published_at"],
            post["updated_at"],
            [
                Author(author["display_name"], permalinks.user_url(author["id"], author["username"]))
                for author in post["authors"]
            ],
            [tag["name"] for tag in post["tags"]],
            post["language"],
            pictures.url_of(post["image"]),
        )
        for post in posts
    ]


def _authority(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    try:
        return host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return host
