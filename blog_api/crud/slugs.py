"""Which slugs are free. Only a hint: two requests may be told the same, and the unique index decides."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.database import db
from blog_api.text.slugs import MAX_SLUG, numbered

# How many numbers are tried (hello-2, hello-3, ...) before a random ending.
NUMBERS = 20


def candidates(base: str) -> list[str]:
    """The slugs to try, best first."""
    return [base, *(numbered(base, n) for n in range(2, NUMBERS + 1))]


def taken_slugs(
    column: InstrumentedAttribute[str], bases: Iterable[str], *among: ColumnElement[bool]
) -> set[str]:
    """Those candidates of the bases that are in the column, in a row `among` those of the unique index."""
    tried = [slug for base in bases for slug in candidates(base)]
    return set(db.session.execute(select(column).where(column.in_(tried), *among)).scalars())


def free_slug(base: str, taken: set[str]) -> str:
    """The best slug for `base` that is not taken."""
    free = (slug for slug in candidates(base) if slug not in taken)
    return next(free, f"{base[: MAX_SLUG - 9]}-{secrets.token_hex(4)}")
