"""What all lists share: run the statement of a page, count it where asked, cut it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select

from blog_api.database.session import fetch, fetch_one
from blog_api.paging.pages import Listing, Page, PageRequest, cut, paged


def read_page(listing: Listing, page: PageRequest, parameters: dict[str, Any]) -> Page:
    """One page of `listing`. Where what it shows is one column named `json`, its values are the rows.

    One query, one more where the total is asked for.
    """
    total = count(listing, parameters) if page.total else None
    rows = fetch(paged(listing, page.form), parameters | page.parameters)
    kept, following, previous = cut(rows, page)
    return Page(_shown(kept), page.limit, following, previous, total)


def _shown(rows: Sequence[Any]) -> list[Any]:
    # The last two columns are for the cursors.
    names = rows[0]._fields[:-2] if rows else ()
    return (
        [row[0] for row in rows]
        if names == ("json",)
        else [dict(zip(names, row, strict=False)) for row in rows]
    )


def count(listing: Listing, parameters: dict[str, Any]) -> int:
    """How many rows the list has."""
    number: int
    (number,) = fetch_one(_counted(listing), parameters)
    return number


@lru_cache(maxsize=512)
def _counted(listing: Listing) -> Select[int]:
    rows = listing.statement()
    ids = rows.with_only_columns(rows.selected_columns.row_id, maintain_column_froms=True)
    return select(func.count()).select_from(ids.subquery())
