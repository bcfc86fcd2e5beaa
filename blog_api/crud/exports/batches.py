"""Read the rows of a SELECT in batches, so that memory does not depend on their number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.database.session import execute_rows
from blog_api.paging.pages import AnySelect

BATCH = 200


def read_all(rows: AnySelect, *keys: InstrumentedAttribute[int]) -> Iterator[dict[str, Any]]:
    """Yield all rows in the order of these columns, which are unique together and never negative.

    The SELECT has the keys among its columns.
    """
    first = [bindparam(f"after_{key.key}", type_=key.type) for key in keys]
    after: ColumnElement[bool] = tuple_(*keys) > tuple_(*first)
    statement = rows.where(after).order_by(*keys).limit(bindparam("rows", type_=Integer))
    values = dict.fromkeys((f"after_{key.key}" for key in keys), -1)
    while True:
        found = execute_rows(statement, {**values, "rows": BATCH}).mappings().all()
        yield from map(dict, found)
        if len(found) < BATCH:
            return
        values = {f"after_{key.key}": found[-1][key.key] for key in keys}
