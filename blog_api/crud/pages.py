"""What all lists share: run the statement of a page, count it where asked, cut it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, select

from blog_api.database import db
from blog_api.pagination import AnySelect, Page, PageRequest, cut, paged


def read_page(statement: AnySelect, page: PageRequest, parameters: dict[str, Any]) -> Page:
    """One page of `statement`, which has the columns `row_id` and `sort_key` after those that are shown.

    Where these are one named `json`, its values are the rows. One query, one more where the total is asked for.
    """
    total = count(statement, parameters) if page.total else None
    result = db.session.execute(paged(statement, page.form), parameters | page.parameters)
    # The last two columns are for the cursors.
    names = tuple(result.keys())[:-2]
    kept, following, previous = cut(result.all(), page)
    is_json = names == ("json",)
    data = [row[0] for row in kept] if is_json else [dict(zip(names, row, strict=False)) for row in kept]
    return Page(data, page.limit, following, previous, total)


def count(statement: AnySelect, parameters: dict[str, Any]) -> int:
    """How many rows the statement has."""
    return db.session.execute(_counted(statement), parameters).scalar_one()


@lru_cache(maxsize=512)
def _counted(statement: AnySelect) -> Select[int]:
    rows = statement.with_only_columns(statement.selected_columns.row_id, maintain_column_froms=True)
    return select(func.count()).select_from(rows.subquery())
