"""Lists that clients can sort by one of several keys and filter by column values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.paging.pages import AnyColumn, AnySelect, Listing, Page, PageRequest, read_page


class FilteredList:
    """A list of rows. Builds its statements once for each combination of sort key and filters."""

    def __init__(
        self,
        rows: AnySelect,
        id_: AnyColumn,
        *,
        sorts: Mapping[str, AnyColumn],
        filters: tuple[InstrumentedAttribute[Any], ...] = (),
        conditions: tuple[AnyColumn, ...] = (),
    ) -> None:
        """Define the list of `rows`. `sorts` maps sort keys to columns. `filters` are the columns to filter by."""
        self._rows, self._id, self._sorts, self._conditions = rows, id_, sorts, conditions
        self._filters = {column.key: column for column in filters}
        self._listings: dict[tuple[str, frozenset[str]], Listing] = {}

    def read(
        self, page: PageRequest, filters: Mapping[str, Any], parameters: Mapping[str, Any] | None = None
    ) -> Page:
        """Read a page of the rows whose columns equal the values in `filters`.

        `parameters` are the bind parameters of the SELECT and its conditions.
        """
        values = {f"filter_{name}": value for name, value in filters.items()}
        listing = self._listing(page.sort.lstrip("-"), frozenset(filters))
        return read_page(listing, page, {**(parameters or {}), **values})

    def _listing(self, sort: str, filters: frozenset[str]) -> Listing:
        if (sort, filters) not in self._listings:
            equal = (self._filters[name] == bindparam(f"filter_{name}") for name in sorted(filters))
            listing = Listing(self._rows, self._sorts[sort], self._id, (*self._conditions, *equal))
            self._listings[sort, filters] = listing
        return self._listings[sort, filters]
