"""Pages of a list: what is asked for, the statement that reads it by keyset or by offset, and the page itself."""

from __future__ import annotations

from collections.abc import Sequence
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

# What a statement selects is known where it is written, but not to those it is passed to.
AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
AnyColumn = ColumnElement[Any] | InstrumentedAttribute[Any]

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class PageForm(NamedTuple):
    """The parts of a page request that shape its SQL. Everything else is a bind parameter."""

    descending: bool
    cursor: bool
    backward: bool
    offset: bool


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of which order: the page parameters of a request. `kind` is the type of the sort key."""

    sort: str
    scope: str
    limit: int = DEFAULT_LIMIT
    offset: int | None = None
    cursor: Cursor | None = None
    total: bool = False
    kind: type[Key] = str

    def at(self, text: str) -> Self:
        """Return the page at this cursor. Raises CursorError."""
        return replace(self, cursor=Cursor.decode(text, self.scope, self.kind))

    @property
    def backward(self) -> bool:
        """Whether the page lies before its cursor."""
        return self.cursor is not None and self.cursor.backward

    @property
    def form(self) -> PageForm:
        """The form of the statement that reads this page."""
        return PageForm(self.sort.startswith("-"), self.cursor is not None, self.backward, bool(self.offset))

    @property
    def parameters(self) -> dict[str, Any]:
        """The bind parameters of a statement of this form."""
        values: dict[str, Any] = {"page_rows": self.limit + 1, "page_offset": self.offset or 0}
        if self.cursor is not None:
            values |= {"cursor_key": self.cursor.key, "cursor_id": self.cursor.id}
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """All rows of a list: any SELECT, what it is sorted by, and the conditions that its rows meet.

    The conditions stand apart so that the place of a cursor is written first: of two bounds on one column SQLite
    takes the first as its range, and that should be the cursor, not `published_at <= now`.
    """

    rows: AnySelect
    key: AnyColumn
    id: AnyColumn
    conditions: tuple[AnyColumn, ...] = ()

    def statement(self, *first: ColumnElement[bool]) -> AnySelect:
        """Return the SELECT of the rows that also meet the conditions `first`."""
        labels: tuple[AnyColumn, ...] = (self.id.label("row_id"), self.key.label("sort_key"))
        return self.rows.add_columns(*labels).where(*first, *self.conditions)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, in order, with the cursors of its neighbours."""

    data: list[dict[str, Any]]
    limit: int
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the page as the schema of a list shows it."""
        pagination = {"limit": self.limit, "next_cursor": self.next_cursor, "prev_cursor": self.prev_cursor}
        if self.total is not None:
            pagination["total"] = self.total
        return {"data": self.data, "pagination": pagination}


def read_page(listing: Listing, page: PageRequest, parameters: dict[str, Any]) -> Page:
    """Read one page of `listing`. One query, one more where the total is asked for."""
    total = count_rows(listing, parameters) if page.total else None
    result = execute_rows(page_statement(listing, page.form), parameters | page.parameters)
    # The last two columns are for the cursors.
    names = list(result.keys())[:-2]
    kept, following, previous = rows_and_cursors(result.all(), page)
    data = [dict(zip(names, row, strict=False)) for row in kept]
    return Page(data, page.limit, following, previous, total)


def count_rows(listing: Listing, parameters: dict[str, Any]) -> int:
    """Count the rows of the whole list."""
    return execute_rows(_counted(listing), parameters).scalar_one()


@lru_cache(maxsize=512)
def _counted(listing: Listing) -> Select[int]:
    return select(func.count()).select_from(listing.statement().subquery())


@lru_cache(maxsize=512)
def page_statement(listing: Listing, form: PageForm) -> AnySelect:
    """Build the statement of one page of `listing` and one row more.

    Its parameters are those of `PageRequest.parameters`. Built once for each list and form.
    """
    down = form.descending != form.backward
    order = [column.desc() if down else column.asc() for column in (listing.key, listing.id)]
    place = [_past_cursor(listing, down=down)] if form.cursor else []
    statement = listing.statement(*place)
    page = statement.order_by(*order).limit(bindparam("page_rows", type_=Integer))
    if form.offset:
        # What is shown is read for the rows of the page alone, and not for those that are skipped.
        found = page.offset(bindparam("page_offset", type_=BigInteger)).subquery()
        return statement.where(listing.id.in_(select(found.c.row_id))).order_by(*order)
    return page


def _past_cursor(listing: Listing, *, down: bool) -> ColumnElement[bool]:
    """Whether a row comes after that of the cursor."""
    here = tuple_(listing.key, listing.id)
    cursor = tuple_(
        bindparam("cursor_key", type_=listing.key.type), bindparam("cursor_id", type_=listing.id.type)
    )
    return here < cursor if down else here > cursor


def rows_and_cursors(
    rows: Sequence[AnyRow], page: PageRequest
) -> tuple[list[AnyRow], str | None, str | None]:
    """Return the rows of the page in order, then the cursors of the next and the previous page."""
    more = len(rows) > page.limit
    kept = list(rows[: page.limit])
    if page.backward:
        kept.reverse()
    if not kept:
        return [], None, None
    has_next = page.backward or more
    has_previous = more if page.backward else page.cursor is not None or bool(page.offset)
    following = _cursor_at(kept[-1], page) if has_next else None
    previous = _cursor_at(kept[0], page, backward=True) if has_previous else None
    return kept, following, previous


def _cursor_at(row: AnyRow, page: PageRequest, *, backward: bool = False) -> str:
    return Cursor(row.sort_key, row.row_id, backward).encode(page.scope)
