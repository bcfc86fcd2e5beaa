"""What all lists share: run the statement of a page, count it where asked, cut it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select

from blog_api.database import db
from blog_api.pagination import Listing, Page, PageRequest, cut, paged


def read_page(listing: Listing, page: PageRequest, parameters: dict[str, Any]) -> Page:
    """One page of `listing`. Where what it shows is one column named `json`, its values are the rows.

    One query, one more where the total is asked for.
    """
    total = count(listing, parameters) if page.total else None
    result = db.session.execute(paged(listing, page.form), parameters | page.parameters)
    # The last two columns are for the cursors.
    names = tuple(result.keys())[:-2]
    kept, following, previous = cut(result.all(), page)
    is_json = names == ("json",)
    data = [row[0] for row in kept] if is_json else [dict(zip(names, row, strict=False)) for row in kept]
    return Page(data, page.limit, following, previous, total)


def count(listing: Listing, parameters: dict[str, Any]) -> int:
    """How many rows the list has."""
    return db.session.execute(_counted(listing), parameters).scalar_one()


@lru_cache(maxsize=512)
def _counted(listing: Listing) -> Select[int]:
    rows = listing.statement()
    ids = rows.with_only_columns(rows.selected_columns.row_id, maintain_column_froms=True)
    return select(func.count()).select_from(ids.subquery())
