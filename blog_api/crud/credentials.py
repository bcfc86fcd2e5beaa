"""Queries of what accounts log in with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import and_, bindparam, false, func, literal_column, select, update
from sqlalchemy.orm import InstrumentedAttribute

from blog_api.crud.logins import KNOWN_FOR
from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.models import LoginAddress, User
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.text.folding import fold


def key_column(key: str) -> InstrumentedAttribute[Any]:
    """The column of the username or the address that was folded to `key`."""
    # Usernames have no @, so that no username can be taken for another's address.
    return User.email_key if "@" in key else User.username_key


_CREDENTIALS = select(User.id, User.password_hash, User.is_active)
_CREDENTIALS_BY = {
    column: _CREDENTIALS.where(column == bindparam("key")) for column in (User.username_key, User.email_key)
}


def read_credentials(name: str) -> AnyRow | None:
    """id, password_hash and is_active of the account of this username or address; None where there is none."""
    key = fold(name)
    return db.session.execute(_CREDENTIALS_BY[key_column(key)], {"key": key}).one_or_none()


# Always a row, and always a look at the networks: whether there is such an account takes no time.
_ONE_ROW = select(literal_column("0").label("nobody")).subquery("asked")


@lru_cache
def _login_statement(column: InstrumentedAttribute[Any]) -> AnySelect:
    owner = func.coalesce(User.id, _ONE_ROW.c.nobody)
    here = and_(LoginAddress.user_id == owner, LoginAddress.network == bindparam("here"))
    is_known, is_recorded = (
        func.coalesce(LoginAddress.expires_at > bindparam(name), false()).label(label)
        for name, label in (("now", "is_known"), ("fresh", "is_recorded"))
    )
    return select(User.id, User.password_hash, User.is_active, is_known, is_recorded).select_from(
        _ONE_ROW.outerjoin(User, column == bindparam("key")).outerjoin(LoginAddress, here)
    )


def read_login(name: str, network: str) -> AnyRow:
    """id, password_hash and is_active of the account of this username or address, all None where there is none.

    `is_known`: whether it has logged in from this network before; `is_recorded`: whether that needs no new note.
    """
    key, now = fold(name), utcnow()
    wanted = {"key": key, "here": network, "now": now, "fresh": now + KNOWN_FOR}
    return db.session.execute(_login_statement(key_column(key)), wanted).one()


def lock_credentials(user_id: int, password_hash: str) -> User | None:
    """Lock the account until the transaction ends, and return it.

    None if the hash no longer matches or the account is disabled.
    """
    wanted = select(User).where(User.id == user_id, User.password_hash == password_hash, User.is_active)
    return db.session.scalars(wanted.with_for_update(key_share=True)).one_or_none()


def set_password_hash(user_id: int, password_hash: str) -> None:
    """Store another hash. This is no change of what anyone sees, so version and time stay."""
    db.session.execute(
        update(User)
        .where(User.id == user_id)
        .values(password_hash=password_hash, updated_at=User.updated_at),
        execution_options={"synchronize_session": False},
    )
