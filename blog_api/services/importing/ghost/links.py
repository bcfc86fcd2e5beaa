"""Where links between the posts of an export lead."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from blog_api.services.importing.post_addresses import certain_slugs, post_path
from blog_api.text.permalinks import Permalinks

_LINK = re.compile(r"(<a\s(?:[^<>]*?\s)?href=[\"'])(/[^\"'?#<>]*)(?=[\"'?#])", re.IGNORECASE)

# Returns the HTML with its links replaced.
ReplaceLinks = Callable[[str], str]


class Page(NamedTuple):
    """A post or page of the export: its former path, and what its new address depends on. A draft has no address."""

    path: str
    source: str
    slug: str
    date: datetime | None
    is_public: bool


def link_replacer(pages: Iterable[Page], permalinks: Permalinks) -> ReplaceLinks:
    """Return a function that replaces links to pages whose new path is certain.

    All others lead to the former path, which is an alias of the post.
    """
    pages = list(pages)
    sources = {page.slug: page.source for page in pages if page.is_public} if permalinks.post else {}
    certain = certain_slugs(sources, [page.slug for page in pages]) if sources else set()
    public = (page for page in pages if page.is_public and page.slug in certain)
    new = {page.path: path for page in public if (path := post_path(permalinks, page.slug, page.date))}

    def replace(match: re.Match[str]) -> str:
        former = match[2] if match[2].endswith("/") else f"{match[2]}/"
        return match[1] + new.get(former, match[2])

    return lambda html: _LINK.sub(replace, html) if new else html
