"""Query parameters of the feeds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from blog_api.paging.cursors import Key
from blog_api.paging.pages import DEFAULT_LIMIT
from blog_api.schemas.fields import QueryInteger
from blog_api.schemas.paging import PageQuery
from blog_api.schemas.post_queries import PostFilters

_PUBLISHED_ONLY = "This parameter is unknown. Feeds show published posts only."


class FeedQuery(PostFilters, PageQuery):
    """The filters of the list of posts, and the page. Pages are short, because entries have their full content."""

    class Meta:
        exclude = ("status", "followed", "offset", "total")

    sort_keys: ClassVar[dict[str, type[Key]]] = {"published_at": datetime}
    hints: ClassVar[dict[str, str]] = PageQuery.hints | {
        "status": _PUBLISHED_ONLY,
        "trashed": _PUBLISHED_ONLY,
        "followed": "This parameter is unknown. Feeds show everyone the same.",
        "sort": "This parameter is unknown. Feeds are sorted by publication time, newest first.",
        "fields": "This parameter is unknown. Feeds have a fixed format.",
        "offset": "This parameter is unknown. The feed links to its next page.",
    }

    limit = QueryInteger(1, DEFAULT_LIMIT, load_default=DEFAULT_LIMIT)

    def default_sort(self, data: dict[str, Any]) -> str:
        return "-published_at"
