"""Write all redirects in the format of a web server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from blog_api.context import BATCH_SECONDS, limit_deadline
from blog_api.crud.redirects import list_redirects
from blog_api.database.session import reading
from blog_api.paging.pages import Page, PageRequest
from blog_api.policies.viewers import Viewer
from blog_api.text.redirect_files import Pair, netlify_lines, nginx_lines

ROWS = 1000
_LINES = {"netlify": netlify_lines, "nginx": nginx_lines}


def write_redirects(page: PageRequest, viewer: Viewer | None, format_: str) -> Iterator[str]:
    """Return the lines of the file for the list of `page`.

    Reads the first rows immediately, so that a database error is raised here, and the others as the lines are consumed.
    """
    page = replace(page, limit=ROWS)
    first = list_redirects(page, viewer)
    return _LINES[format_](_pairs(first, page, viewer))


def _pairs(found: Page, page: PageRequest, viewer: Viewer | None) -> Iterator[Pair]:
    while True:
        yield from ((entry["from"], entry["to"]) for entry in found.data if entry["to"])
        if found.next_cursor is None:
            return
        with limit_deadline(BATCH_SECONDS), reading():
            found = list_redirects(page.at(found.next_cursor), viewer)
