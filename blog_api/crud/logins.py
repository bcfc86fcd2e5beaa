"""Queries of failed logins, and of where accounts have logged in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select, update

from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models import LoginAddress, LoginFailures

# How long an account is known at an address after its last login there, at least; and how much longer the note of it
# may count, so that not every login writes a new one.
KNOWN_FOR, REFRESH_AFTER = timedelta(days=90), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FailureCount:
    """Where a counter stands, and when it starts anew."""

    failures: int
    expires_at: datetime


def record_failure(keys: Mapping[str, timedelta]) -> dict[str, FailureCount]:
    """Add one to each counter, and return them all.

    `keys` says for how long each counter counts from its first failure.
    """
    now = utcnow()
    # In one order, so that two requests that count the same do not deadlock.
    rows = [{"key": key, "failures": 1, "expires_at": now + keys[key]} for key in sorted(keys)]
    added = insert(LoginFailures)
    is_over = or_(LoginFailures.expires_at <= now, LoginFailures.failures == 0)
    upsert = added.on_conflict_do_update(
        index_elements=[LoginFailures.key],
        set_={
            "failures": case((is_over, 1), else_=LoginFailures.failures + 1),
            "expires_at": case((is_over, added.excluded.expires_at), else_=LoginFailures.expires_at),
        },
    ).returning(LoginFailures.key, LoginFailures.failures, LoginFailures.expires_at)
    return {
        key: FailureCount(failures, expires_at)
        for key, failures, expires_at in db.session.execute(upsert, rows)
    }


def undo_failure(shared: Sequence[str], own: Sequence[str] = ()) -> None:
    """Subtract one from each counter in `shared`, and reset those in `own`."""
    if not (shared or own):
        return
    counted = select(LoginFailures.key).where(
        LoginFailures.key.in_([*own, *shared]), LoginFailures.failures > 0
    )
    locked = counted.order_by(LoginFailures.key).with_for_update()
    left = case((LoginFailures.key.in_(own), 0), else_=LoginFailures.failures - 1)
    db.session.execute(
        update(LoginFailures).where(LoginFailures.key.in_(locked)).values(failures=left),
        execution_options={"synchronize_session": False},
    )


def delete_failures(keys: Collection[str]) -> None:
    """Reset the counters."""
    db.session.execute(delete(LoginFailures).where(LoginFailures.key.in_(keys)))


def record_network(user_id: int, network: str) -> None:
    """Note that the account has logged in from this network."""
    added = insert(LoginAddress).values(
        user_id=user_id, network=network, expires_at=utcnow() + KNOWN_FOR + REFRESH_AFTER
    )
    db.session.execute(
        added.on_conflict_do_update(
            index_elements=[LoginAddress.user_id, LoginAddress.network],
            set_={"expires_at": added.excluded.expires_at},
        )
    )


def delete_networks(user_id: int) -> None:
    """Forget where the account has logged in."""
    db.session.execute(delete(LoginAddress).where(LoginAddress.user_id == user_id))
