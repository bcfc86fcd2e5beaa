"""Pages of a list: what is asked for, the statement that reads it by keyset or by offset, and the page itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self

from sqlalchemy import BigInteger, ColumnElement, Integer, Row, Select, Text, bindparam, cast, select, tuple_

from blog_api.database.columns import UtcDateTime, read_time
from blog_api.paging.cursors import Cursor, Key

# What a statement selects is known where it is written, but not to those it is passed to.
AnySelect = Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


class PageForm(NamedTuple):
    """What of a page decides the text of its statement; the rest are parameters."""

    descending: bool
    cursor: bool
    backward: bool
    offset: bool


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of which order: what the page parameters of a request say. `kind` is that of the sort key."""

    sort: str
    scope: str
    limit: int = DEFAULT_LIMIT
    offset: int | None = None
    cursor: Cursor | None = None
    total: bool = False
    kind: type[Key] = str

    def at(self, text: str) -> Self:
        """The page at this cursor. Raises CursorError."""
        return replace(self, cursor=Cursor.decode(text, self.scope, self.kind))

    @property
    def form(self) -> PageForm:
        """What of this decides the text of a statement."""
        backward = self.cursor is not None and self.cursor.backward
        return PageForm(self.sort.startswith("-"), self.cursor is not None, backward, bool(self.offset))

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of a statement of this form."""
        values: dict[str, Any] = {"page_rows": self.limit + 1, "page_offset": self.offset or 0}
        if self.cursor is not None:
            values |= {"cursor_key": self.cursor.key, "cursor_id": self.cursor.id}
        return values


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """All rows of a list, and the conditions that they meet: apart, so that the place of a cursor comes before these.

    Of two bounds of one column SQLite walks the index from the one that is written first: from the cursor, rather than
    from `published_at <= now`. The last columns are `row_id` and `sort_key`.
    """

    rows: AnySelect
    conditions: tuple[ColumnElement[bool], ...] = ()

    def statement(self, *first: ColumnElement[bool]) -> AnySelect:
        """What selects the rows that also meet the conditions `first`."""
        return self.rows.where(*first, *self.conditions)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, in order, with what leads to its neighbours."""

    data: list[Any]
    limit: int
    next_cursor: str | None = None
    prev_cursor: str | None = None
    total: int | None = None

    def as_dict(self) -> dict[str, Any]:
        pagination = {"limit": self.limit, "next_cursor": self.next_cursor, "prev_cursor": self.prev_cursor}
        if self.total is not None:
            pagination["total"] = self.total
        return {"data": self.data, "pagination": pagination}


@lru_cache(maxsize=512)
def paged(listing: Listing, form: PageForm) -> AnySelect:
    """The statement of one page of `listing` and one row more, in the order of its `sort_key` and `row_id`.

    Its parameters are those of `PageRequest.parameters`. Built once for each list and form.
    """
    columns = listing.rows.selected_columns
    key, id_ = columns.sort_key.element, columns.row_id.element
    down = form.descending != form.backward
    order = (key.desc(), id_.desc()) if down else (key.asc(), id_.asc())
    place = [_beyond(key, id_, down=down)] if form.cursor else []
    statement = listing.statement(*place)
    if isinstance(key.type, UtcDateTime):
        # Of all the rows only the first and the last become cursors: the others' times need not be made.
        *shown, _ = columns
        written = cast(key, Text).label("sort_key")
        statement = statement.with_only_columns(*shown, written, maintain_column_froms=True)
    if form.offset:
        # Nothing of the rows that are skipped is read but what is in the index.
        ids = _limited(
            statement.with_only_columns(columns.row_id, maintain_column_froms=True).order_by(*order)
        )
        ids = ids.offset(bindparam("page_offset", type_=BigInteger))
        return statement.where(id_.in_(select(ids.subquery().c.row_id))).order_by(*order)
    return _limited(statement.order_by(*order))


def _beyond(key: ColumnElement[Any], id_: ColumnElement[int], *, down: bool) -> ColumnElement[bool]:
    """Whether a row comes after that of the cursor."""
    here = tuple_(key, id_)
    cursor = tuple_(bindparam("cursor_key", type_=key.type), bindparam("cursor_id", type_=id_.type))
    return here < cursor if down else here > cursor


def _limited(statement: AnySelect) -> AnySelect:
    return statement.limit(bindparam("page_rows", type_=Integer))


def cut(rows: Sequence[AnyRow], page: PageRequest) -> tuple[list[AnyRow], str | None, str | None]:
    """The rows of the page in order, then the cursors of the next and the previous page."""
    backward = page.cursor is not None and page.cursor.backward
    more = len(rows) > page.limit
    kept = list(rows[: page.limit])
    if backward:
        kept.reverse()
    if not kept:
        return [], None, None
    has_next = True if backward else more
    has_previous = more if backward else page.cursor is not None or bool(page.offset)
    last, first = kept[-1], kept[0]
    following = _cursor_at(last, page) if has_next else None
    previous = _cursor_at(first, page, backward=True) if has_previous else None
    return kept, following, previous


def _cursor_at(row: AnyRow, page: PageRequest, *, backward: bool = False) -> str:
    key = read_time(row.sort_key) if page.kind is datetime else row.sort_key
    return Cursor(key, row.row_id, backward).encode(page.scope)
