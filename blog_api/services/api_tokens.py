"""API tokens, and what the audit is told of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from blog_api.auth import audit
from blog_api.auth.tokens import API_TOKEN_PREFIX, create_opaque_token
from blog_api.crud import api_tokens as crud
from blog_api.policies.viewers import Viewer
from blog_api.services import sessions


def create_api_token(
    viewer: Viewer, name: str, scopes: list[str], expires_at: datetime | None = None
) -> dict[str, Any]:
    """A new token of the one who asks, as it is shown once.

    Raises what `create_api_token` of crud raises, and Unauthorized where the session that asks has ended meanwhile.
    """
    # Of two at once the second one waits here, and counts the first.
    sessions.require_live_session(viewer)
    token, digest = create_opaque_token(API_TOKEN_PREFIX)
    made = crud.create_api_token(viewer.id, digest, name, scopes, expires_at)
    audit.record("api_token.created", user_id=viewer.id, detail=name)
    return crud.read_api_token(made.id, viewer.id) | {"token": token}


def revoke_api_token(viewer: Viewer, token_id: int) -> None:
    """End one token of the one who asks. Raises NotFound."""
    crud.revoke_api_token(token_id, viewer.id)
    audit.record("api_token.revoked", user_id=viewer.id, detail=f"token {token_id}")
