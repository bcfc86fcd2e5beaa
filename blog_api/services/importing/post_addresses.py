"""The paths at which the site will show posts that are imported, for the links between them.

They do not depend on which posts are imported already, so an import that was interrupted and repeated has the same
result.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from blog_api.crud.imports import sources_by_slug
from blog_api.database.session import reading
from blog_api.text.permalinks import DATE_PLACEHOLDERS, Permalinks, path_of

_NUMBER = re.compile(r"(-\d+)+$")


def certain_slugs(sources: Mapping[str, str], slugs: Iterable[str]) -> set[str]:
    """Return the slugs in `sources` that are certain: the posts of these sources have them or will get them.

    `slugs` are those of all posts. A post whose slug is taken gets a number, and then maybe the slug of another post.
    """
    with reading():
        owners = sources_by_slug(sources)
    times = Counter(slugs)
    is_taken = {slug for slug, owner in owners.items() if owner != sources[slug]}
    roots = {_NUMBER.sub("", slug) for slug, number in times.items() if number > 1 or slug in is_taken}
    return {
        slug
        for slug in sources
        if times[slug] == 1 and slug not in is_taken and _NUMBER.sub("", slug) not in roots
    }


def post_path(permalinks: Permalinks, slug: str, date: datetime | None) -> str | None:
    """Return the path of a post by POST_URL, or None if it depends on more than the slug and the date."""
    template = permalinks.post
    if template is None or "{id}" in template:
        return None
    if date is None and any(placeholder in template for placeholder in DATE_PLACEHOLDERS):
        return None
    return path_of(permalinks.post_url(0, slug, date))
