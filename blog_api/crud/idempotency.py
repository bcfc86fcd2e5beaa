"""Queries of idempotency keys."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import delete, func, select

from blog_api.database import db, insert, is_postgresql, utcnow
from blog_api.models import IdempotencyKey
from blog_api.pagination import AnyRow

KEPT = timedelta(hours=24)


def claim_key(user_id: int, key: str) -> bool:
    """Whether the key is free; if so it is ours until the transaction ends.

    SQLite has one writer at a time: whoever comes second has waited at its BEGIN until the first one was done.
    """
    if not is_postgresql():
        return True
    number = hashlib.blake2b(f"{user_id} {key}".encode(), digest_size=8).digest()
    lock = func.pg_try_advisory_xact_lock(int.from_bytes(number, "big", signed=True))
    return bool(db.session.execute(select(lock)).scalar_one())


def find_reply(user_id: int, key: str) -> AnyRow | None:
    """digest, status, headers and body of what was answered under the key; None where nothing was, or too long ago.

    Only after `claim_key`, in a statement of its own: one that began before the lock was free would miss the reply.
    """
    keys = IdempotencyKey
    wanted = select(keys.digest, keys.status, keys.headers, keys.body).where(
        keys.user_id == user_id, keys.key == key, keys.expires_at > utcnow()
    )
    return db.session.execute(wanted).one_or_none()


def forget_replies(user_id: int) -> None:
    """Remove what was answered to the user."""
    keys = delete(IdempotencyKey).where(IdempotencyKey.user_id == user_id)
    db.session.execute(keys, execution_options={"synchronize_session": False})


def store_reply(
    user_id: int, key: str, digest: str, status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    """Keep a reply for KEPT, in the place of one that has expired."""
    reply: dict[str, object] = {"digest": digest, "status": status, "headers": headers, "body": body}
    reply["expires_at"] = utcnow() + KEPT
    statement = insert(IdempotencyKey).values(user_id=user_id, key=key, **reply)
    changes = {name: statement.excluded[name] for name in reply}
    keys = [IdempotencyKey.user_id, IdempotencyKey.key]
    db.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))
