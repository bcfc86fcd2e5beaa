"""Declare which columns of a table are public content.

Triggers (`migrations/public_content.py`) invalidate the cached responses when public content of the site changes. The
tests check that the triggers match these declarations, and that every table that a public route reads is declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Table

_KEY = "public_content"
# The cached responses that a change invalidates: those of the whole site, by triggers; or those that show the comments
# and likes of one post, by crud/activity.py.
Scope = Literal["site", "activity"]


@dataclass(frozen=True, slots=True)
class PublicContent:
    """The public columns of a table (empty for all), and the scope of the responses that depend on them."""

    columns: frozenset[str]
    scope: Scope


def public_content(*columns: str, scope: Scope = "site") -> dict[str, Any]:
    """Return the `info` of a table whose `columns` are public content, by default all columns.

    Inserting or deleting a row always changes the public content.
    """
    return {_KEY: PublicContent(frozenset(columns), scope)}


def public_content_of(table: Table) -> PublicContent | None:
    """Return the declaration in the model of the table, or None for a private table."""
    declared: PublicContent | None = table.info.get(_KEY)
    return declared
