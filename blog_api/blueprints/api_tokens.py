"""/auth/tokens: what scripts log in with."""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api import audit
from blog_api.api import Blueprint
from blog_api.auth import current_user, session_required
from blog_api.crud import api_tokens as crud
from blog_api.schemas import api_tokens as schemas
from blog_api.tokens import API_TOKEN_PREFIX, make_opaque_token

blueprint = Blueprint(
    "tokens",
    __name__,
    url_prefix="/api/v1/auth/tokens",
    description="What scripts log in with.",
    keeps_replies=False,
)


@blueprint.route("", methods=["POST"])
@session_required
@blueprint.body(schemas.NewApiToken())
@blueprint.gives(201, schemas.ApiToken())
def create_api_token(data: dict[str, Any]) -> Any:
    """Make an API token

    It is sent like an access token, and does what its owner may, but for accounts, sessions and tokens. With the
    scope read it changes nothing. The reply shows it, and nothing else does ever again.
    """
    viewer, (token, digest) = current_user(), make_opaque_token(API_TOKEN_PREFIX)
    token_id = crud.create_api_token(viewer.id, digest, **data)
    shown = crud.read_api_token(token_id, viewer.id) | {"token": token}
    audit.note("api_token.created", user_id=viewer.id, detail=data["name"])
    return shown, {"Location": url_for("tokens.read_api_token", token_id=token_id)}


@blueprint.route("")
@session_required
@blueprint.gives(200, schemas.ApiTokens())
def list_api_tokens() -> Any:
    """List your API tokens

    Newest first, without the tokens themselves.
    """
    return {"data": crud.list_api_tokens(current_user().id)}


@blueprint.route("/<id:token_id>")
@session_required
@blueprint.gives(200, schemas.ApiToken())
def read_api_token(token_id: int) -> Any:
    """Read what an API token is for"""
    return crud.read_api_token(token_id, current_user().id)


@blueprint.route("/<id:token_id>", methods=["DELETE"])
@session_required
@blueprint.gives(204)
def revoke_api_token(token_id: int) -> None:
    """Revoke an API token

    It ends at once.
    """
    crud.revoke_api_token(token_id, current_user().id)
    audit.note("api_token.revoked", user_id=current_user().id, detail=f"token {token_id}")
