"""Queries for idempotency keys."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import BigInteger, ColumnElement, Executable, and_, bindparam, delete, func, literal, select

from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert, is_postgresql
from blog_api.database.session import db, execute_rows
from blog_api.models.idempotency import IdempotencyKey
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.policies.viewers import Viewer

RETENTION = timedelta(hours=24)


@lru_cache
def _claim_statement(*, for_postgresql: bool) -> AnySelect:
    """Build the SELECT that claims a key. It always returns one row."""
    # SQLite has one writer at a time: a second request waits at its BEGIN until the first one has finished.
    acquired: ColumnElement[bool] = literal(True)
    if for_postgresql:
        acquired = func.pg_try_advisory_xact_lock(bindparam("number", type_=BigInteger))
    claim = select(acquired.label("acquired")).subquery("claim")
    stored = and_(
        IdempotencyKey.user_id == bindparam("owner"),
        IdempotencyKey.key == bindparam("key"),
        IdempotencyKey.expires_at > bindparam("now"),
    )
    columns = (
        claim.c.acquired,
        IdempotencyKey.digest,
        IdempotencyKey.role,
        IdempotencyKey.status,
        IdempotencyKey.headers,
        IdempotencyKey.body,
    )
    return select(*columns).select_from(claim.outerjoin(IdempotencyKey, stored))


def claim_key(user_id: int, key: str) -> AnyRow:
    """Claim a key until the end of the transaction, and return the response stored under it.

    `acquired` is false if another transaction has claimed the key. The columns of the stored response are None if there
    is none or it has expired. A response committed between the start of this statement and the claim is not visible
    here; `store_response` detects it.
    """
    parameters = {"owner": user_id, "key": key, "now": utcnow()}
    if is_postgresql():
        digest = hashlib.blake2b(f"{user_id} {key}".encode(), digest_size=8).digest()
        parameters["number"] = int.from_bytes(digest, "big", signed=True)
    return execute_rows(_claim_statement(for_postgresql=is_postgresql()), parameters).one()


def delete_stored_responses(user_id: int) -> None:
    """Delete all stored responses of a user."""
    db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id))


@lru_cache
def _store_statement(*, for_postgresql: bool) -> Executable:
    added = insert(IdempotencyKey, for_postgresql=for_postgresql)
    replaced = ("digest", "role", "status", "headers", "body", "expires_at")
    upsert = added.on_conflict_do_update(
        index_elements=[IdempotencyKey.user_id, IdempotencyKey.key],
        set_={name: added.excluded[name] for name in replaced},
        where=IdempotencyKey.expires_at <= bindparam("now", type_=IdempotencyKey.expires_at.type),
    )
    return upsert.returning(IdempotencyKey.key)


def store_response(
    viewer: Viewer, key: str, digest: str, status: int, headers: list[tuple[str, str]], body: bytes
) -> bool:
    """Store a response for RETENTION, replacing an expired one. Return False if an unexpired one exists."""
    now = utcnow()
    values = {
        "user_id": viewer.id,
        "key": key,
        "digest": digest,
        "role": viewer.role,
        "status": status,
        "headers": headers,
        "body": body,
        "expires_at": now + RETENTION,
        "now": now,
    }
    # On the connection, because Session.execute treats parameters of an INSERT as entities.
    stored = db.session.connection().execute(_store_statement(for_postgresql=is_postgresql()), values)
    return stored.one_or_none() is not None
