"""Pages of a list, by keyset or offset: the request, the SQL statement, and the result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.database.session import execute_rows
from blog_api.paging.cursors import Cursor, Key

# For code that receives statements and rows without knowing their columns.
AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
AnyColumn = ColumnElement[Any] | InstrumentedAttribute[Any]

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


def in_order(*columns: AnyColumn, down: bool) -> list[ColumnElement[Any]]:
    """Return the columns to sort by, in descending order if `down`."""
    return [column.desc() if down else column.asc() for column in columns]


class PageKey(NamedTuple):
    """The parts of a page request that shape its SQL. Everything else is a bind parameter."""

    descending: bool
    cursor: bool
    backward: bool
    offset: bool

    def sorted(self, *columns: AnyColumn) -> list[ColumnElement[Any]]:
        """Return the columns in the order in which the rows are read: backward to the previous page."""
        return in_order(*columns, down=self.down)

    @property
    def down(self) -> bool:
        """Whether the rows are read in descending order."""
        return self.descending != self.backward


# Returns the condition that selects the rows of a page with this key, or of the whole list.
Chosen = Callable[[PageKey | None], ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The paging parameters of a request. `kind` is the type of the sort key."""

    sort: str
    scope: str
    limit: int = DEFAULT_LIMIT
    offset: int | None = None
    cursor: Cursor | None = None
    total: bool = False
    kind: type[Key] = str

    def at(self, text: str) -> Self:
        """Return a copy positioned at the cursor `text`. Raises CursorError."""
        return replace(self, cursor=Cursor.decode(text, self.scope, self.kind))

    @property
    def backward(self) -> bool:
        """Whether the page lies before its cursor."""
        return self.cursor is not None and self.cursor.backward

    @property
    def key(self) -> PageKey:
        """The cache key of the SQL statement for this page."""
        return PageKey(self.sort.startswith("-"), self.cursor is not None, self.backward, bool(self.offset))

    @property
    def parameters(self) -> dict[str, Any]:
        """The bind parameters of a statement with this key."""
        values: dict[str, Any] = {"page_rows": self.limit + 1, "page_offset": self.offset or 0}
        if self.cursor is not None:
            values |= {"cursor_key": self.cursor.key, "cursor_id": self.cursor.id}
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """A list that can be paged: any SELECT, its sort key, its id, and its conditions.

    The conditions are separate so that the cursor comes first in the WHERE clause. Of two bounds on one column, SQLite
    uses the first one as its index range, and that should be the cursor rather than `published_at <= now`.
    """

    rows: AnySelect
    key: AnyColumn
    id: AnyColumn
    conditions: tuple[AnyColumn, ...] = ()
    # One more condition, which can depend on the page.
    chosen: Chosen | None = None

    def statement(self, *first: ColumnElement[bool], key: PageKey | None = None) -> AnySelect:
        """Return the SELECT for a page or the whole list, with the conditions `first` before the others."""
        labels: tuple[AnyColumn, ...] = (self.id.label("row_id"), self.key.label("sort_key"))
        chosen = [self.chosen(key)] if self.chosen else []
        return self.rows.add_columns(*labels).where(*first, *self.conditions, *chosen)

    def past(self, key: ColumnElement[Any], id_: ColumnElement[Any], *, down: bool) -> ColumnElement[bool]:
        """Select the rows after this position, in descending order if `down`."""
        here, position = tuple_(self.key, self.id), tuple_(key, id_)
        return here < position if down else here > position


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, in order, with the cursors of the adjacent pages."""

    data: list[dict[str, Any]]
    limit: int
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None
    # Returns the keys of what the list is filtered by, for caches (api/edge.py). By default it is the whole collection.
    subjects: Callable[[], Collection[str]] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the page in the format of the list schemas."""
        pagination = {"limit": self.limit, "next_cursor": self.next_cursor, "prev_cursor": self.prev_cursor}
        if self.total is not None:
            pagination["total"] = self.total
        return {"data": self.data, "pagination": pagination}


def read_page(listing: Listing, page: PageRequest, parameters: dict[str, Any]) -> Page:
    """Read one page. One query, and one more if a total is requested."""
    total = count_rows(listing, parameters) if page.total else None
    result = execute_rows(page_statement(listing, page.key), parameters | page.parameters)
    # The last two columns are for the cursors.
    names = list(result.keys())[:-2]
    rows, next_cursor, prev_cursor = rows_and_cursors(result.all(), page)
    data = [dict(zip(names, row, strict=False)) for row in rows]
    return Page(data, page.limit, next_cursor, prev_cursor, total)


def count_rows(listing: Listing, parameters: dict[str, Any]) -> int:
    """Count the rows of the whole list."""
    return execute_rows(_counted(listing), parameters).scalar_one()


@lru_cache(maxsize=512)
def _counted(listing: Listing) -> Select[int]:
    return select(func.count()).select_from(listing.statement().subquery())


@lru_cache(maxsize=512)
def page_statement(listing: Listing, key: PageKey) -> AnySelect:
    """Build the statement that reads one page and one extra row, which shows whether there is a next page.

    Its bind parameters are `PageRequest.parameters`. It is built once for each list and key.
    """
    order = key.sorted(listing.key, listing.id)
    after_cursor = [_past_cursor(listing, down=key.down)] if key.cursor else []
    statement = listing.statement(*after_cursor, key=key)
    page = statement.order_by(*order).limit(bindparam("page_rows", type_=Integer))
    if key.offset:
        # The columns are evaluated only for the rows of the page, not for the skipped ones.
        found = page.offset(bindparam("page_offset", type_=BigInteger)).subquery()
        return statement.where(listing.id.in_(select(found.c.row_id))).order_by(*order)
    return page


def _past_cursor(listing: Listing, *, down: bool) -> ColumnElement[bool]:
    """Select rows after the cursor in the direction of the page."""
    key: ColumnElement[Any] = bindparam("cursor_key", type_=listing.key.type)
    return listing.past(key, bindparam("cursor_id", type_=listing.id.type), down=down)


def rows_and_cursors(
    rows: Sequence[AnyRow], page: PageRequest
) -> tuple[list[AnyRow], str | None, str | None]:
    """Return the rows of the page in order, the cursor of the next page, and that of the previous one."""
    more = len(rows) > page.limit
    shown = list(rows[: page.limit])
    if page.backward:
        shown.reverse()
    if not shown:
        return [], None, None
    has_next = page.backward or more
    has_previous = more if page.backward else page.cursor is not None or bool(page.offset)
    next_cursor = _cursor_at(shown[-1], page) if has_next else None
    prev_cursor = _cursor_at(shown[0], page, backward=True) if has_previous else None
    return shown, next_cursor, prev_cursor


def _cursor_at(row: AnyRow, page: PageRequest, *, backward: bool = False) -> str:
    return Cursor(row.sort_key, row.row_id, backward).encode(page.scope)
