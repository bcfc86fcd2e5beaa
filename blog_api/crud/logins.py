"""Queries of failed logins, and of where accounts have logged in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Executable, bindparam, case, delete, literal, select, union_all, update

from blog_api.database import db, insert, is_postgresql, utcnow
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


@lru_cache
def _count(rows: int, *, for_postgresql: bool) -> Executable:
    """Built once for each number of rows: VALUES of several rows would be compiled anew each time."""
    key, ends = counters.c.key.type, counters.c.expires_at.type
    each = (
        select(bindparam(f"key_{n}", type_=key), literal(1), bindparam(f"ends_{n}", type_=ends))
        for n in range(rows)
    )
    columns = ["key", "failures", "expires_at"]
    added = insert(counters, for_postgresql=for_postgresql).from_select(columns, union_all(*each))
    over = counters.c.expires_at <= bindparam("now", type_=ends)
    changes = {
        "failures": case((over, 1), else_=counters.c.failures + 1),
        "expires_at": case((over, added.excluded.expires_at), else_=counters.c.expires_at),
    }
    upsert = added.on_conflict_do_update(index_elements=[counters.c.key], set_=changes)
    return upsert.returning(counters.c.key, counters.c.failures, counters.c.expires_at)


def count_failure(keys: Mapping[str, timedelta]) -> dict[str, Count]:
    """Add one to each counter, for which the time says how long it counts from its first failure; gives them all."""
    now = utcnow()
    values: dict[str, Any] = {"now": now}
    # In one order, so that two who count the same do not wait for each other.
    for number, key in enumerate(sorted(keys)):
        values |= {f"key_{number}": key, f"ends_{number}": now + keys[key]}
    found = db.session.execute(_count(len(keys), for_postgresql=is_postgresql()), values)
    return {key: Count(failures, ends) for key, failures, ends in found}


_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_COUNTED = select(counters.c.key).where(counters.c.key.in_(_KEYS), counters.c.failures > 0)
_TAKE_BACK = (
    update(counters)
    .where(counters.c.key.in_(_COUNTED.order_by(counters.c.key).with_for_update()))
    .values(failures=counters.c.failures - 1)
)
_FORGET = delete(counters).where(counters.c.key.in_(_KEYS))


def take_back_failure(keys: Collection[str]) -> None:
    """Subtract one from each counter."""
    db.session.execute(_TAKE_BACK, {"keys": keys})


def forget_failures(keys: Collection[str]) -> None:
    """Let the counters start anew."""
    db.session.execute(_FORGET, {"keys": keys})


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


@lru_cache
def _remember(*, for_postgresql: bool) -> Executable:
    added = insert(addresses, for_postgresql=for_postgresql)
    later = {"expires_at": added.excluded.expires_at}
    return added.on_conflict_do_update(index_elements=[addresses.c.user_id, addresses.c.network], set_=later)


def remember_network(user_id: int, network: str) -> None:
    """Note that the account has logged in from this network."""
    row = {"user_id": user_id, "network": network, "expires_at": utcnow() + KNOWN}
    db.session.execute(_remember(for_postgresql=is_postgresql()), row)


def forget_networks(user_id: int) -> None:
    """Forget where the account has logged in."""
    db.session.execute(delete(addresses).where(addresses.c.user_id == user_id))
