"""Read single values of an export: texts, dates and custom fields."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from urllib.parse import unquote

from turbohtml import parse_fragment

from blog_api.services.importing.wordpress.nodes import Node
from blog_api.text.folding import tidy
from blog_api.text.slugs import slugify

_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_TRASHED = re.compile(r"__trashed(-\d+)?$")


def to_line(html: str) -> str:
    """Return HTML, such as a title, as one line of text."""
    if "<" in html or "&" in html:
        html = parse_fragment(html).to_text()
    if not html.isprintable():
        html = "".join(character if character.isprintable() else " " for character in html)
    return tidy(html)


def read_date(gmt: str, local: str, zone: tzinfo) -> datetime | None:
    """Return the first of the two dates that is one, in UTC. Drafts have dates of zeros."""
    return _parse(gmt, UTC) or _parse(local, zone)


def _parse(text: str, zone: tzinfo) -> datetime | None:
    try:
        return (
            datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
            if _DATE.fullmatch(text)
            else None
        )
    except (ValueError, OverflowError):
        return None


def read_meta(item: Node) -> dict[str, str]:
    """Return the custom fields of an item, the last value of each."""
    return {meta.get("wp:meta_key"): meta.get("wp:meta_value") for meta in item.all("wp:postmeta")}


def read_slug(item: Node) -> str:
    """Return the slug of a post, also of one in the trash, or else one for its title."""
    name = item.get("wp:post_name")
    if item.get("wp:status") == "trash":
        name = read_meta(item).get("_wp_desired_post_slug") or _TRASHED.sub("", name)
    return slugify(unquote(name), "") or slugify(to_line(item.get("title")))


def has_password(item: Node) -> bool:
    """Return whether a post is protected by a password. WordPress accepts spaces as one."""
    return any(child.text for child in item.all("wp:post_password"))
