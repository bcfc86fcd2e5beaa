"""Queries for API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, literal, select

from blog_api.crud.rows import get_or_404, read_one
from blog_api.database.columns import utcnow
from blog_api.database.session import db, execute_rows
from blog_api.models.api_tokens import ApiToken
from blog_api.models.users import User
from blog_api.policies.viewers import Viewer
from blog_api.problems import Conflict, Fault, InvalidInput

# Few enough to list them without paging.
MAX_TOKENS = 50
LIFETIME = timedelta(days=90)

_MISSING = "You have no API token with this id."
_OWN = (
    # Tokens are never updated, so their version is constant.
    select(ApiToken.id, ApiToken.name, ApiToken.scopes, ApiToken.created_at, ApiToken.expires_at,
           literal(1).label("version"))
    .where(ApiToken.user_id == bindparam("owner"))
)  # fmt: skip
_OWN_ONE = _OWN.where(ApiToken.id == bindparam("token_id"))
_OWN_ALL = _OWN.order_by(ApiToken.id.desc()).limit(MAX_TOKENS)

_VIEWER = (
    select(User.id, User.username, User.role, ApiToken.scopes)
    .join(ApiToken, ApiToken.user_id == User.id)
    .where(ApiToken.digest == bindparam("digest"), ApiToken.expires_at > bindparam("now"), User.is_active)
)


def read_token_viewer(digest: str) -> Viewer | None:
    """Return the current owner of a token, or None if the token has expired or the account is disabled."""
    row = execute_rows(_VIEWER, {"digest": digest, "now": utcnow()}).one_or_none()
    if row is None:
        return None
    user_id, username, role, scopes = row
    return Viewer(user_id, username, role, session_id=0, scopes=tuple(scopes.split()))


def create_api_token(
    user_id: int, digest: str, name: str, scopes: list[str], expires_at: datetime | None = None
) -> ApiToken:
    """Create a token that expires at `expires_at`, by default after LIFETIME. The account must be locked.

    Raises InvalidInput if `expires_at` is in the past, Conflict if the account already has MAX_TOKENS tokens.
    """
    now = utcnow()
    expires_at = expires_at or now + LIFETIME
    if expires_at <= now:
        raise InvalidInput(faults=[Fault("This must be in the future.", "past", "/expires_at")])
    owned = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user_id)
    if db.session.execute(owned).scalar_one() >= MAX_TOKENS:
        raise Conflict(f"You already have {MAX_TOKENS} API tokens. Revoke one first.")
    token = ApiToken(
        user_id=user_id,
        name=name,
        scopes=" ".join(sorted(set(scopes))),
        digest=digest,
        expires_at=expires_at,
    )
    db.session.add(token)
    db.session.flush()
    return token


def list_api_tokens(user_id: int) -> list[dict[str, Any]]:
    """Return all tokens of an account, newest first, including expired ones."""
    return [_split_scopes(row._asdict()) for row in execute_rows(_OWN_ALL, {"owner": user_id})]


def read_api_token(token_id: int, user_id: int) -> dict[str, Any]:
    """Return one token of an account. Raises NotFound."""
    return _split_scopes(read_one(_OWN_ONE, {"token_id": token_id, "owner": user_id}, _MISSING))


def revoke_api_token(token_id: int, user_id: int) -> None:
    """Revoke one token of an account. Raises NotFound."""
    own = select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id)
    db.session.delete(get_or_404(own.with_for_update(), {}, _MISSING))
    db.session.flush()


def revoke_api_tokens(user_id: int) -> None:
    """Revoke all tokens of an account."""
    db.session.execute(delete(ApiToken).where(ApiToken.user_id == user_id))


def _split_scopes(token: dict[str, Any]) -> dict[str, Any]:
    return token | {"scopes": token["scopes"].split()}
