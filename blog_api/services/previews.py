"""Create previews of posts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from blog_api.auth import audit
from blog_api.auth.tokens import create_opaque_token, token_digest
from blog_api.crud import previews as crud
from blog_api.crud.history.revisions import require_editable
from blog_api.crud.posts import write
from blog_api.database.columns import utcnow
from blog_api.policies.viewers import Viewer


def create_preview(post_id: int, viewer: Viewer, *, expires_in: int, revision: int | None) -> dict[str, Any]:
    """Create a preview, and return it with its token. Raises NotFound, Forbidden or Conflict."""
    require_editable(post_id, viewer)
    # Locked, so that concurrent requests do not exceed the limit.
    post = write.lock_post(post_id, viewer)
    token, digest = create_opaque_token()
    expires_at = utcnow() + timedelta(seconds=expires_in)
    preview = crud.create_preview(post, viewer.id, digest, expires_at, revision)
    audit.record("preview.created", user_id=viewer.id, detail=f"preview {preview.id} of post {post_id}")
    return {"id": preview.id, "token": token, "expires_at": preview.expires_at}


def read_preview(token: str) -> dict[str, Any]:
    """Return what the preview with this token shows. Raises NotFound."""
    return crud.read_preview(token_digest(token))
