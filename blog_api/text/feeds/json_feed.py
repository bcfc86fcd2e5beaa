"""JSON Feed 1.1 (https://jsonfeed.org/version/1.1)."""

from __future__ import annotations

from typing import Any

import orjson

from blog_api.text.feeds.feed import Author, Entry, Feed

VERSION = "https://jsonfeed.org/version/1.1"


def write_json(feed: Feed) -> bytes:
    """Return the feed as JSON Feed 1.1, in UTF-8."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.url,
        "description": feed.description,
        "next_url": feed.next_url,
        "language": feed.language,
        "items": [_item(entry) for entry in feed.entries],
    }
    return orjson.dumps(_given(document), option=orjson.OPT_UTC_Z)


def _item(entry: Entry) -> dict[str, Any]:
    # An item requires one of the two.
    content = {"content_text": entry.summary} if entry.html is None else {"content_html": entry.html}
    optional = {
        "summary": entry.summary,
        "image": entry.image,
        "banner_image": entry.image,
        "language": entry.language,
    }
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        **content,
        **_given(optional),
        "date_published": entry.published,
        "date_modified": entry.updated,
        "authors": [_author(author) for author in entry.authors],
        "tags": entry.tags,
    }


def _author(author: Author) -> dict[str, str]:
    return _given({"name": author.name, "url": author.url})


def _given(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members that are neither null nor an empty string, which the format does not allow."""
    return {name: value for name, value in members.items() if value not in (None, "")}
