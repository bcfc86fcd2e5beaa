"""Sitemaps (https://www.sitemaps.org/protocol.html), in pieces, so that they can be sent without storing them whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from typing import NamedTuple

from blog_api.text.times import format_time

# The most URLs of a sitemap, and the most sitemaps of an index.
MAX_URLS = 50_000
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


class Location(NamedTuple):
    """A page of the site: the id of what it shows, its URL, and when that changed."""

    id: int
    url: str
    changed_at: datetime


def write_sitemap(batches: Iterable[Iterable[Location]]) -> Iterator[str]:
    """Yield a sitemap, batch by batch."""
    yield f"{_DECLARATION}<urlset {_NAMESPACE}>\n"
    for batch in batches:
        yield "".join(
            f"<url><loc>{escape(page.url)}</loc><lastmod>{format_time(page.changed_at)}</lastmod></url>\n"
            for page in batch
        )
    yield "</urlset>\n"


def write_index(urls: Iterable[str]) -> Iterator[str]:
    """Yield an index of the sitemaps at these URLs, one by one."""
    yield f"{_DECLARATION}<sitemapindex {_NAMESPACE}>\n"
    for url in urls:
        yield f"<sitemap><loc>{escape(url)}</loc></sitemap>\n"
    yield "</sitemapindex>\n"
