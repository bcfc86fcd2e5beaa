"""What all lists share: run the statement of a page, count it where asked, cut it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, select

from blog_api.database import db
from blog_api.pagination import AnyRow, AnySelect, Page, PageRequest, cut, paged


def read_page(
    statement: AnySelect,
    page: PageRequest,
    parameters: dict[str, Any],
    shape: Callable[[Sequence[AnyRow]], list[Any]],
) -> Page:
    """One page of `statement`, which has the columns `sort_key` and `id`; `shape` makes objects of its rows.

    One query, one more where the total is asked for, and those of `shape`.
    """
    total = count(statement, parameters) if page.total else None
    rows = db.session.execute(paged(statement, page.form), parameters | page.parameters).all()
    kept, following, previous = cut(rows, page)
    return Page(shape(kept), page.limit, following, previous, total)


def count(statement: AnySelect, parameters: dict[str, Any]) -> int:
    """How many rows the statement has."""
    counted = select(func.count()).select_from(statement.subquery())
    return db.session.execute(counted, parameters).scalar_one()
