"""The sitemap of the site, read in batches, so that it takes no more memory for a million posts than for ten."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import TypeVar

from blog_api.context import BATCH_SECONDS, exchange, limit_deadline
from blog_api.crud.sitemap import Batch, Part, count_rows, read_batch
from blog_api.database.replica import read
from blog_api.paging.cursors import MAX_INTEGER
from blog_api.problems import NotFound
from blog_api.services.feeds import site_root
from blog_api.text.feeds.sitemap import MAX_URLS, Location, write_index, write_sitemap
from blog_api.text.permalinks import Permalinks

Listed = TypeVar("Listed")
ROWS = 1000
# Enough to find the next sitemap that is not empty.
ROWS_OF_INDEX = 20
# The paths of the parts of a large sitemap.
PART_PATH = "sitemaps/{}-{}.xml"


def write_whole() -> Iterator[str]:
    """Yield the sitemap of the site, or an index of its parts if it has more than MAX_URLS.

    Reads the first rows immediately, so that errors are raised here, and the others as the result is consumed.
    Raises NotFound if POST_URL is not set or the site shows nothing.
    """
    root, parts = site_root(), _parts()
    if read(partial(count_rows, parts, MAX_URLS + 1), allow_stale=True) > MAX_URLS:
        return write_index(_not_empty(f"{root}{PART_PATH.format(*found)}" for found in _filled(parts)))
    return write_sitemap(
        _not_empty(chain.from_iterable(_batches(part, 0, MAX_INTEGER, ROWS) for part in parts))
    )


def write_part(part: Part, number: int) -> Iterator[str]:
    """Yield one of the sitemaps in the index: it lists what has one of MAX_URLS consecutive ids.

    A post stays in its sitemap, whatever is published or deleted. Reads and raises like `write_whole`.
    """
    site_root()
    after_id = (number - 1) * MAX_URLS
    if part not in _parts() or after_id > MAX_INTEGER:
        raise NotFound("There is no such sitemap.")
    return write_sitemap(_not_empty(_batches(part, after_id, min(after_id + MAX_URLS, MAX_INTEGER), ROWS)))


def _parts() -> list[Part]:
    permalinks: Permalinks = exchange.permalinks
    templates: dict[Part, str | None] = {
        "posts": permalinks.post,
        "tags": permalinks.tag,
        "authors": permalinks.user,
    }
    return [part for part, template in templates.items() if template]


def _batches(part: Part, after_id: int, up_to_id: int, limit: int) -> Iterator[list[Location]]:
    last_id: int | None = after_id
    while last_id is not None:
        # A short read for each batch: no connection is checked out while the client receives it.
        with limit_deadline(BATCH_SECONDS):
            batch: Batch = read(partial(read_batch, part, last_id, up_to_id, limit), allow_stale=True)
        last_id = batch.last_id
        if batch.locations:
            yield batch.locations


def _not_empty(listed: Iterator[Listed]) -> Iterator[Listed]:
    """Read the first of what a sitemap lists. Raises NotFound if there is none, because a sitemap must not be empty."""
    first = next(listed, None)
    if first is None:
        raise NotFound("There is nothing to list in this sitemap.")
    return chain([first], listed)


def _filled(parts: list[Part]) -> Iterator[tuple[Part, int]]:
    """Yield the parts of the sitemap that are not empty, with their numbers."""
    for part in parts:
        after_id = 0
        while after_id < MAX_INTEGER:
            found = next(_batches(part, after_id, MAX_INTEGER, ROWS_OF_INDEX), None)
            if found is None:
                break
            number = (found[0].id - 1) // MAX_URLS + 1
            yield part, number
            after_id = number * MAX_URLS
