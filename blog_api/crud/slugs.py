"""Which slugs are free, and getting one. Two requests may be told that the same is free: the unique index decides."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.database import db
from blog_api.errors import TAKEN_SLUG
from blog_api.problems import Conflict
from blog_api.text.slugs import MAX_SLUG, numbered

T = TypeVar("T")

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


def use_free_slug(
    use: Callable[[str], T | None], base: str, column: InstrumentedAttribute[str], *among: ColumnElement[bool]
) -> T:
    """What `use` gives for the first slug that it gets: `base`, or else the best one that is free.

    It gives None where the slug is taken: whoever loses the race for one waits for the winner, and then sees it as
    taken. Raises Conflict where others were faster each time. `column` and `among` are those of `taken_slugs`.
    """
    slug = base
    for _ in range(NUMBERS + 2):
        if (used := use(slug)) is not None:
            return used
        slug = free_slug(base, taken_slugs(column, [base], *among))
    raise Conflict(faults=[TAKEN_SLUG])
