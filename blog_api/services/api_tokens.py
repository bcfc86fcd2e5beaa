"""Create and revoke API tokens, with audit events."""

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
    """Create an API token for the viewer. The result includes the token itself, which is not stored.

    Raises the errors of `crud.create_api_token`, or Unauthorized if the session has ended.
    """
    # Locks the account, so that of two concurrent requests the second one counts the first one's token.
    sessions.require_live_session(viewer)
    token, digest = create_opaque_token(API_TOKEN_PREFIX)
    created = crud.create_api_token(viewer.id, digest, name, scopes, expires_at)
    audit.record("api_token.created", user_id=viewer.id, detail=name)
    return crud.read_api_token(created.id, viewer.id) | {"token": token}


def revoke_api_token(viewer: Viewer, token_id: int) -> None:
    """Revoke one of the viewer's tokens. Raises NotFound."""
    crud.revoke_api_token(token_id, viewer.id)
    audit.record("api_token.revoked", user_id=viewer.id, detail=f"token {token_id}")
