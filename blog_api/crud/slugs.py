"""Find and claim free slugs.

Two concurrent requests may both find a slug free; the unique index decides which one gets it.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.database.base import Base
from blog_api.database.dialects import is_postgresql
from blog_api.database.errors import SLUG_TAKEN, violated_constraint
from blog_api.database.session import db
from blog_api.problems import Conflict
from blog_api.text.slugs import MAX_SLUG, numbered

Entity = TypeVar("Entity", bound=Base)

# The unique constraints that a slug can violate: the second one covers reserved slugs.
POST_SLUG_CONSTRAINTS = ("uq_posts_slug", "uq_post_slugs_slug")
TAG_SLUG_CONSTRAINTS = ("uq_tags_slug", "uq_tag_slugs_slug")
# The last number to try (hello-2, hello-3, ...) before a random suffix.
MAX_NUMBER = 20
_NUMBERED = re.compile(r"(-\d+)+$")
# The first number is an arbitrary namespace for these locks. PostgreSQL takes them in the order of the array.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(7203412, number) FROM unnest(CAST(:numbers AS integer[])) AS number"
)


def candidates(base: str) -> list[str]:
    """Return the slugs to try, best first."""
    return [base, *(numbered(base, n) for n in range(2, MAX_NUMBER + 1))]


def taken_slugs(column: InstrumentedAttribute[str], bases: Iterable[str]) -> set[str]:
    """Return the candidates for `bases` that are in the column: PostSlug.slug or TagSlug.slug."""
    tried = [slug for base in bases for slug in candidates(base)]
    return set(db.session.execute(select(column).where(column.in_(tried))).scalars())


def free_slug(base: str, taken: set[str]) -> str:
    """Return the best slug for `base` that is not taken."""
    free = (slug for slug in candidates(base) if slug not in taken)
    return next(free, f"{base[: MAX_SLUG - 9]}-{secrets.token_hex(4)}")


def use_free_slug(
    make: Callable[..., Entity],
    base: str,
    column: InstrumentedAttribute[str],
    constraints: Collection[str],
) -> Entity:
    """Add the entity that `make(slug=...)` returns, with the slug `base` or else the best free one.

    The unique `constraints` decide races: the loser waits for the winner and then tries another slug. `column` is
    that of `taken_slugs`. Raises Conflict if it loses every race.
    """
    slug = base
    for _ in range(MAX_NUMBER + 2):
        if (entity := add_with_slug(make, slug, constraints)) is not None:
            return entity
        slug = free_slug(base, taken_slugs(column, [base]))
    raise Conflict(faults=[SLUG_TAKEN])


def add_with_slug(make: Callable[..., Entity], slug: str, constraints: Collection[str]) -> Entity | None:
    """Add the entity that `make(slug=...)` returns in a savepoint. Roll back and return None if the slug is taken."""
    try:
        with db.session.begin_nested():
            entity = make(slug=slug)
            db.session.add(entity)
    except IntegrityError as error:
        if violated_constraint(error) not in constraints:
            raise
        return None
    return entity


def lock_slugs(slugs: Iterable[str]) -> None:
    """Lock these slugs, with all their numbered variants, until the end of the transaction.

    Needed only for requests that take or free several slugs: two of them could deadlock on the unique index.
    """
    numbers = sorted({_number_of(_NUMBERED.sub("", slug)) for slug in slugs})
    # SQLite has one writer at a time.
    if len(numbers) > 1 and is_postgresql():
        db.session.execute(_LOCK, {"numbers": numbers})


def _number_of(slug: str) -> int:
    return int.from_bytes(hashlib.blake2b(slug.encode(), digest_size=4).digest(), "big", signed=True)
