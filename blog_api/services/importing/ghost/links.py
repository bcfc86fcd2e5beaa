"""Where links between the posts of an export lead."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from blog_api.services.importing.post_addresses import certain_slugs, post_path
from blog_api.text.html_links import FindAddress
from blog_api.text.permalinks import Permalinks


class Page(NamedTuple):
    """A post or page of the export: its former path, and what its new address depends on. A draft has no address."""

    path: str
    source: str
    slug: str
    date: datetime | None
    is_public: bool


def address_finder(pages: Iterable[Page], permalinks: Permalinks) -> FindAddress:
    """Return a function that finds the new paths of pages, if they are certain.

    Other links stay, and lead to the former path, which is an alias of the post.
    """
    pages = list(pages)
    sources = {page.slug: page.source for page in pages if page.is_public} if permalinks.post else {}
    certain = certain_slugs(sources, [page.slug for page in pages]) if sources else set()
    public = (page for page in pages if page.is_public and page.slug in certain)
    new = {page.path: path for page in public if (path := post_path(permalinks, page.slug, page.date))}

    def find(address: str) -> str:
        former = address.partition("?")[0].partition("#")[0]
        path = new.get(former if former.endswith("/") else f"{former}/", "")
        return path + address[len(former) :] if path else ""

    return find
