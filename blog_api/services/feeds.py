"""Feeds of posts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from blog_api.api.addresses import with_parameters
from blog_api.context import exchange
from blog_api.crud.posts.lists import list_posts
from blog_api.paging.pages import Page, PageRequest
from blog_api.problems import NotFound
from blog_api.text.feeds.feed import Feed, entries_of
from blog_api.text.feeds.titles import title_of
from blog_api.text.permalinks import Permalinks

# The members of a post that feeds show.
MEMBERS = (
    "id",
    "url",
    "title",
    "summary",
    "html",
    "published_at",
    "created_at",
    "updated_at",
    "authors",
    "tags",
    "language",
    "image",
)


class Site(NamedTuple):
    """The settings of the site that feeds show."""

    title: str
    description: str
    language: str


def site_root() -> str:
    """Return the URL of the site, which ends with a slash. Raises NotFound if POST_URL is not set."""
    permalinks: Permalinks = exchange.permalinks
    if permalinks.post is None:
        raise NotFound("The service does not know the site: POST_URL is not set.")
    return permalinks.base_url


def read_feed(
    site: Site, filters: Mapping[str, Any], page: PageRequest, url: str, first_url: str
) -> tuple[Page, Feed]:
    """Read a page of the published posts that match the filters, as a feed. One query.

    `url` and `first_url` are the addresses of this page and of the first one.
    Raises NotFound if POST_URL is not set.
    """
    root = site_root()
    found = list_posts(dict(filters), page, None, MEMBERS)
    entries = entries_of(found.data, exchange.permalinks)
    title = title_of(site.title, filters, found.data)
    cursor = found.next_cursor
    next_url = with_parameters(first_url, f"cursor={cursor}") if cursor else None
    return found, Feed(title, site.description, site.language, root, first_url, url, next_url, entries)
