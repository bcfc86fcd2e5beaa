"""Queries of failed logins, and of where accounts have logged in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, delete, select, update

from blog_api.database import db, insert, utcnow
from blog_api.models import LoginAddress, LoginFailures
from blog_api.pagination import AnyRow

counters, addresses = LoginFailures.__table__, LoginAddress.__table__

# How long an account is known at an address after its last login there.
KNOWN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Count:
    """Where a counter stands, and when it starts anew."""

    failures: int
    ends: datetime


def count_failure(keys: Mapping[str, timedelta]) -> dict[str, Count]:
    """Add one to each counter, for which the time says how long it counts from its first failure; gives them all."""
    now = utcnow()
    # In one order, so that two who count the same do not wait for each other.
    rows = [{"key": key, "failures": 1, "expires_at": now + keys[key]} for key in sorted(keys)]
    added = insert(counters).values(rows)
    over = counters.c.expires_at <= now
    changes = {
        "failures": case((over, 1), else_=counters.c.failures + 1),
        "expires_at": case((over, added.excluded.expires_at), else_=counters.c.expires_at),
    }
    upsert = added.on_conflict_do_update(index_elements=[counters.c.key], set_=changes)
    found = db.session.execute(upsert.returning(counters.c.key, counters.c.failures, counters.c.expires_at))
    return {key: Count(failures, ends) for key, failures, ends in found}


def take_back_failure(keys: Collection[str]) -> None:
    """Subtract one from each counter."""
    locked = select(counters.c.key).where(counters.c.key.in_(keys), counters.c.failures > 0)
    ordered = locked.order_by(counters.c.key).with_for_update()
    less = update(counters).where(counters.c.key.in_(ordered)).values(failures=counters.c.failures - 1)
    db.session.execute(less)


def forget_failures(keys: Collection[str]) -> None:
    """Let the counters start anew."""
    db.session.execute(delete(counters).where(counters.c.key.in_(keys)))


_KNOWN_HERE = select(addresses.c.user_id).where(
    addresses.c.user_id == bindparam("owner"),
    addresses.c.network == bindparam("here"),
    addresses.c.expires_at > bindparam("now"),
)


def is_known_at(user_id: int | None, network: str) -> bool:
    """Whether the account has logged in from this network before. Costs the same where there is no account."""
    wanted = {"owner": user_id or 0, "here": network, "now": utcnow()}
    row: AnyRow | None = db.session.execute(_KNOWN_HERE, wanted).one_or_none()
    return row is not None


def remember_network(user_id: int, network: str) -> None:
    """Note that the account has logged in from this network."""
    added = insert(addresses).values(user_id=user_id, network=network, expires_at=utcnow() + KNOWN)
    later = {"expires_at": added.excluded.expires_at}
    keys = [addresses.c.user_id, addresses.c.network]
    db.session.execute(added.on_conflict_do_update(index_elements=keys, set_=later))


def forget_networks(user_id: int) -> None:
    """Forget where the account has logged in."""
    db.session.execute(delete(addresses).where(addresses.c.user_id == user_id))
