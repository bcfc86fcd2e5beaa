"""Queries of what accounts log in with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Column, and_, bindparam, false, func, literal_column, select, update

from blog_api.crud.logins import KNOWN
from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models import LoginAddress, User
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.text.folding import fold

users, addresses = User.__table__, LoginAddress.__table__


def key_column(key: str) -> Column[Any]:
    """The column of the username or the address that was folded to `key`."""
    # Usernames have no @, so that no username can be taken for another's address.
    return users.c.email_key if "@" in key else users.c.username_key


_CREDENTIALS = select(users.c.id, users.c.password_hash, users.c.is_active)
_CREDENTIALS_BY = {
    column: _CREDENTIALS.where(column == bindparam("key"))
    for column in (users.c.username_key, users.c.email_key)
}


def read_credentials(name: str) -> AnyRow | None:
    """id, password_hash and is_active of the account of this username or address; None where there is none."""
    key = fold(name)
    return db.session.execute(_CREDENTIALS_BY[key_column(key)], {"key": key}).one_or_none()


# Always a row, and always a look at the networks: whether there is such an account takes no time.
_ASKED = select(literal_column("0").label("nobody")).subquery("asked")


@lru_cache
def _login_statement(column: Column[Any]) -> AnySelect:
    owner = func.coalesce(users.c.id, _ASKED.c.nobody)
    here = and_(addresses.c.user_id == owner, addresses.c.network == bindparam("here"))
    is_known, is_noted = (
        func.coalesce(addresses.c.expires_at > bindparam(name), false()).label(label)
        for name, label in (("now", "is_known"), ("fresh", "is_noted"))
    )
    return select(users.c.id, users.c.password_hash, users.c.is_active, is_known, is_noted).select_from(
        _ASKED.outerjoin(users, column == bindparam("key")).outerjoin(addresses, here)
    )


def read_login(name: str, network: str) -> AnyRow:
    """id, password_hash and is_active of the account of this username or address, all None where there is none.

    `is_known`: whether it has logged in from this network before; `is_noted`: whether that needs no new note.
    """
    key, now = fold(name), utcnow()
    wanted = {"key": key, "here": network, "now": now, "fresh": now + KNOWN}
    return db.session.execute(_login_statement(key_column(key)), wanted).one()


_LOCK = (
    select(users.c.id)
    .where(users.c.id == bindparam("user_id"), users.c.password_hash == bindparam("password_hash"))
    .where(users.c.is_active)
    .with_for_update(key_share=True)
)


def lock_credentials(user_id: int, password_hash: str) -> bool:
    """Whether this is still the hash of an account that may log in; if so, until the transaction ends."""
    wanted = {"user_id": user_id, "password_hash": password_hash}
    return db.session.execute(_LOCK, wanted).one_or_none() is not None


def set_password_hash(user_id: int, password_hash: str) -> None:
    """Store another hash. This is no change of what anyone sees, so version and time stay."""
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(password_hash=password_hash, updated_at=User.updated_at),
        execution_options={"synchronize_session": False},
    )
