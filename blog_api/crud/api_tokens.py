"""Queries of API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal, select

from blog_api.crud.rows import read_one
from blog_api.database.columns import utcnow
from blog_api.database.session import db, fetch, fetch_one
from blog_api.models import ApiToken, User
from blog_api.policies.viewers import Viewer
from blog_api.problems import Conflict, Fault, InvalidInput, NotFound

users, tokens = User.__table__, ApiToken.__table__

# The list of them is one page.
MAX_TOKENS = 50
LIFETIME = timedelta(days=90)

_MISSING = "You have no API token of this id."
_OWN = (
    # They never change.
    select(tokens.c.id, tokens.c.name, tokens.c.scopes, tokens.c.created_at, tokens.c.expires_at,
           literal(1).label("version"))
    .where(tokens.c.user_id == bindparam("owner"))
)  # fmt: skip
_OWN_ONE = _OWN.where(tokens.c.id == bindparam("wanted"))
_OWN_ALL = _OWN.order_by(tokens.c.id.desc()).limit(MAX_TOKENS)

_VIEWER = (
    select(users.c.id, users.c.username, users.c.role, tokens.c.scopes)
    .join(tokens, tokens.c.user_id == users.c.id)
    .where(tokens.c.digest == bindparam("digest"), tokens.c.expires_at > bindparam("now"), users.c.is_active)
)


def read_token_viewer(digest: str) -> Viewer | None:
    """Whose token this is, as they are at this moment; None where it has ended or the account is disabled."""
    row = fetch_one(_VIEWER, {"digest": digest, "now": utcnow()})
    if row is None:
        return None
    user_id, username, role, scopes = row
    return Viewer(user_id, username, role, session_id=0, scopes=tuple(scopes.split()))


def create_api_token(
    user_id: int, digest: str, name: str, scopes: list[str], expires_at: datetime | None = None
) -> int:
    """A new token; gives its id. It ends after LIFETIME unless `expires_at` says otherwise. The account must be locked.

    Raises InvalidInput where that has passed, Conflict where there are MAX_TOKENS.
    """
    now = utcnow()
    expires_at = expires_at or now + LIFETIME
    if expires_at <= now:
        raise InvalidInput(faults=[Fault("This must be in the future.", "past", "/expires_at")])
    owned = select(func.count()).select_from(tokens).where(tokens.c.user_id == user_id)
    if db.session.execute(owned).scalar_one() >= MAX_TOKENS:
        raise Conflict(f"There are {MAX_TOKENS} API tokens. Revoke one first.")
    made = {
        "user_id": user_id,
        "name": name,
        "scopes": " ".join(sorted(set(scopes))),
        "digest": digest,
        "expires_at": expires_at,
    }
    token_id: int = db.session.execute(insert(tokens).returning(tokens.c.id), made).scalar_one()
    return token_id


def list_api_tokens(user_id: int) -> list[dict[str, Any]]:
    """The tokens of the account, newest first, those that have expired too."""
    return [_shown(row._asdict()) for row in fetch(_OWN_ALL, {"owner": user_id})]


def read_api_token(token_id: int, user_id: int) -> dict[str, Any]:
    """One token of the account. Raises NotFound."""
    return _shown(read_one(_OWN_ONE, {"wanted": token_id, "owner": user_id}, _MISSING))


def revoke_api_token(token_id: int, user_id: int) -> None:
    """End one token of the account. Raises NotFound."""
    revoked = delete(tokens).where(tokens.c.id == token_id, tokens.c.user_id == user_id)
    if db.session.execute(revoked.returning(tokens.c.id)).one_or_none() is None:
        raise NotFound(_MISSING)


def revoke_api_tokens(user_id: int) -> None:
    """End all tokens of the account."""
    db.session.execute(delete(tokens).where(tokens.c.user_id == user_id))


def _shown(token: dict[str, Any]) -> dict[str, Any]:
    return token | {"scopes": token["scopes"].split()}
