"""The addresses of posts and pages on the former site."""

from __future__ import annotations

import re
from datetime import datetime

from blog_api.services.importing.ghost.links import Page
from blog_api.services.importing.ghost.rows import Row
from blog_api.services.importing.ghost.site import Site
from blog_api.services.importing.ghost.states import read_state
from blog_api.text.folding import tidy
from blog_api.text.issues import Code, Note, Refused
from blog_api.text.paths import canonical_path
from blog_api.text.slugs import slugify

_DEFAULT_PERMALINKS = "/:slug/"
_PLACEHOLDER = re.compile(r":(\w+)")


def read_page(post: Row, site: Site, source: str) -> Page | None:
    """Return what links to a post need, or None if the post has no address or an invalid date."""
    try:
        date = post.date("published_at")
        path = canonical_path(_former_path(post, site, date))
    except (Refused, ValueError):
        return None
    is_public = read_state(post, site.meta_of(post)).status == "published"
    return Page(path, source, slug_of(post), date, is_public) if post.text("slug") else None


def slug_of(post: Row) -> str:
    """Return the slug, or one made from the title."""
    return slugify(post.text("slug"), "") or slugify(tidy(post.text("title")))


def _former_path(post: Row, site: Site, date: datetime | None) -> str:
    """Return the path of the post on the former site."""
    pattern = site.permalinks or _DEFAULT_PERMALINKS
    values = {"slug": post.text("slug"), "id": post.key("id")}
    if date:
        values |= {"year": f"{date.year:04}", "month": f"{date.month:02}", "day": f"{date.day:02}"}
    if post.is_page or not set(_PLACEHOLDER.findall(pattern)) <= set(values):
        pattern = _DEFAULT_PERMALINKS
    return site.addresses.path_of(_PLACEHOLDER.sub(lambda match: values[match[1]], pattern))


def alias_of(post: Row, site: Site, date: datetime | None) -> tuple[tuple[str, ...], list[Note]]:
    """Return the former path of the post, or a note if it cannot be an alias."""
    path = _former_path(post, site, date)
    try:
        return ((canonical_path(path),), []) if post.text("slug") else ((), [])
    except ValueError as error:
        detail = f"{path[:100]} is not a path of the site ({error}), so it is left out"
        return (), [Note(Code.ALIAS_INVALID, detail)]
