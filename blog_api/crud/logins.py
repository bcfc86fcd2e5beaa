"""Queries of failed logins, and of where accounts have logged in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Executable,
    Integer,
    Update,
    bindparam,
    case,
    delete,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert, is_postgresql
from blog_api.database.session import db
from blog_api.models import LoginAddress, LoginFailures

counters, addresses = LoginFailures.__table__, LoginAddress.__table__

# How long an account is known at an address after its last login there, at least; and how much longer the note of it
# may count, so that not every login writes a new one.
KNOWN, SPARE = timedelta(days=90), timedelta(days=1)

# Written out: each parameter of a statement is looked at each time that it is sent.
_NONE, _ONE = literal_column("0", Integer), literal_column("1", Integer)


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
        select(bindparam(f"key_{n}", type_=key), _ONE, bindparam(f"ends_{n}", type_=ends))
        for n in range(rows)
    )
    columns = ["key", "failures", "expires_at"]
    added = insert(counters, for_postgresql=for_postgresql).from_select(columns, union_all(*each))
    over = or_(counters.c.expires_at <= bindparam("now", type_=ends), counters.c.failures == _NONE)
    changes = {
        "failures": case((over, _ONE), else_=counters.c.failures + _ONE),
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


@lru_cache
def _take_back(own: int, shared: int) -> Update:
    """Built once for each number of counters, as above."""
    ours, theirs = (
        [bindparam(f"{name}_{n}", type_=counters.c.key.type) for n in range(rows)]
        for name, rows in (("own", own), ("shared", shared))
    )
    counted = select(counters.c.key).where(counters.c.key.in_([*ours, *theirs]), counters.c.failures > _NONE)
    less = counters.c.failures - _ONE
    left = case((counters.c.key.in_(ours), _NONE), else_=less) if ours else less
    held = counted.order_by(counters.c.key).with_for_update()
    return update(counters).where(counters.c.key.in_(held)).values(failures=left)


def take_back_failure(shared: Sequence[str], own: Sequence[str] = ()) -> None:
    """Subtract one from each counter that is shared; let the own ones start anew."""
    keys = {f"shared_{number}": key for number, key in enumerate(shared)}
    keys |= {f"own_{number}": key for number, key in enumerate(own)}
    if keys:
        db.session.execute(_take_back(len(own), len(shared)), keys)


_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
_FORGET = delete(counters).where(counters.c.key.in_(_KEYS))


def forget_failures(keys: Collection[str]) -> None:
    """Let the counters start anew."""
    db.session.execute(_FORGET, {"keys": keys})


@lru_cache
def _remember(*, for_postgresql: bool) -> Executable:
    added = insert(addresses, for_postgresql=for_postgresql)
    later = {"expires_at": added.excluded.expires_at}
    return added.on_conflict_do_update(index_elements=[addresses.c.user_id, addresses.c.network], set_=later)


def remember_network(user_id: int, network: str) -> None:
    """Note that the account has logged in from this network."""
    row = {"user_id": user_id, "network": network, "expires_at": utcnow() + KNOWN + SPARE}
    db.session.execute(_remember(for_postgresql=is_postgresql()), row)


def forget_networks(user_id: int) -> None:
    """Forget where the account has logged in."""
    db.session.execute(delete(addresses).where(addresses.c.user_id == user_id))
