"""What all lists share: run the statement of a page, count it where asked, cut it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func

from blog_api.database import db
from blog_api.pagination import AnyColumn, AnyRow, AnySelect, Page, PageRequest, cut, paged


def read_page(
    statement: AnySelect,
    page: PageRequest,
    key: AnyColumn,
    id_: AnyColumn,
    shape: Callable[[Sequence[AnyRow]], list[Any]],
) -> Page:
    """One page of `statement`, its rows made into objects by `shape`.

    One query, one more where the total is asked for, and those of `shape`.
    """
    total = count(statement) if page.total else None
    ordered = paged(statement.add_columns(key.label("sort_key")), page, key, id_)
    rows, following, previous = cut(db.session.execute(ordered).all(), page)
    return Page(shape(rows), page.limit, following, previous, total)


def count(statement: AnySelect) -> int:
    """How many rows the statement has."""
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    return db.session.execute(counted).scalar_one()
