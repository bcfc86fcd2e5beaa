"""Declare which columns of a table are public content.

A change of public content invalidates the cached responses. Triggers see to it (`migrations/public_content.py`); the
declaration is what the tests compare them with, and what they look a table up in that a public route reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Table

_KEY = "public_content"
# Which cached responses a change invalidates: those of the whole site.
Scope = Literal["site"]


@dataclass(frozen=True, slots=True)
class PublicContent:
    """The public columns of a table, all of them if there are none here, and which responses depend on them."""

    columns: frozenset[str]
    scope: Scope


def public_content(*columns: str, scope: Scope = "site") -> dict[str, Any]:
    """Return the `info` of a table whose `columns`, or all columns without any, are public content.

    Inserted and deleted rows always count.
    """
    return {_KEY: PublicContent(frozenset(columns), scope)}


def public_content_of(table: Table) -> PublicContent | None:
    """Return what the model of the table declares; None for a private table."""
    declared: PublicContent | None = table.info.get(_KEY)
    return declared
