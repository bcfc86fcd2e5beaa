"""Queries for failed logins and for the networks from which accounts have logged in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select, update

from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.logins import LoginAddress, LoginFailures

# A network stays known for at least KNOWN_FOR after the last login. Its record lives REFRESH_AFTER longer, so that not
# every login has to update it.
KNOWN_FOR, REFRESH_AFTER = timedelta(days=90), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FailureCount:
    """The value of a counter and the time at which it resets."""

    failures: int
    expires_at: datetime


def record_failure(keys: Mapping[str, timedelta]) -> dict[str, FailureCount]:
    """Increment the counters and return their values.

    `keys` maps each counter to its period, which starts at the first failure.
    """
    now = utcnow()
    # In a fixed order, so that concurrent requests with the same counters do not deadlock.
    rows = [{"key": key, "failures": 1, "expires_at": now + keys[key]} for key in sorted(keys)]
    added = insert(LoginFailures)
    is_expired = or_(LoginFailures.expires_at <= now, LoginFailures.failures == 0)
    upsert = added.on_conflict_do_update(
        index_elements=[LoginFailures.key],
        set_={
            "failures": case((is_expired, 1), else_=LoginFailures.failures + 1),
            "expires_at": case((is_expired, added.excluded.expires_at), else_=LoginFailures.expires_at),
        },
    ).returning(LoginFailures.key, LoginFailures.failures, LoginFailures.expires_at)
    return {
        key: FailureCount(failures, expires_at)
        for key, failures, expires_at in db.session.execute(upsert, rows)
    }


def undo_failure(shared: Sequence[str], own: Sequence[str] = ()) -> None:
    """Decrement the counters in `shared` and reset those in `own`."""
    if not (shared or own):
        return
    counted = select(LoginFailures.key).where(
        LoginFailures.key.in_([*own, *shared]), LoginFailures.failures > 0
    )
    locked = counted.order_by(LoginFailures.key).with_for_update()
    left = case((LoginFailures.key.in_(own), 0), else_=LoginFailures.failures - 1)
    db.session.execute(
        update(LoginFailures).where(LoginFailures.key.in_(locked)).values(failures=left),
        execution_options=UNSYNCHRONIZED,
    )


def delete_failures(keys: Collection[str]) -> None:
    """Delete the counters."""
    db.session.execute(delete(LoginFailures).where(LoginFailures.key.in_(keys)))


def record_network(user_id: int, network: str) -> None:
    """Record a login of an account from a network."""
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
    """Delete the known networks of an account."""
    db.session.execute(delete(LoginAddress).where(LoginAddress.user_id == user_id))
