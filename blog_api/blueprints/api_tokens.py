"""/auth/tokens: API tokens for scripts."""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, session_required
from blog_api.crud import api_tokens as crud
from blog_api.schemas import api_tokens as schemas
from blog_api.services import api_tokens as services

blueprint = Blueprint(
    "tokens",
    __name__,
    url_prefix="/api/v1/auth/tokens",
    description="API tokens for scripts.",
    secret=True,
)


@blueprint.route("", methods=["POST"])
@session_required
@blueprint.body(schemas.NewApiToken())
@blueprint.returns(201, schemas.ApiToken())
def create_api_token(data: dict[str, Any]) -> Any:
    """Create an API token

    Send it like an access token. It has the permissions of its owner, but cannot manage accounts, sessions or API
    tokens. With only the scope `read`, it cannot change anything. Only this response includes the token itself.
    """
    token = services.create_api_token(current_user(), **data)
    return token, {"Location": url_for("tokens.read_api_token", token_id=token["id"])}


@blueprint.route("")
@session_required
@blueprint.returns(200, schemas.ApiTokens())
def list_api_tokens() -> Any:
    """List your API tokens

    Newest first. The tokens themselves are not included.
    """
    return {"data": crud.list_api_tokens(current_user().id)}


@blueprint.route("/<id:token_id>")
@session_required
@blueprint.returns(200, schemas.ApiToken())
def read_api_token(token_id: int) -> Any:
    """Get an API token

    The token itself is not included.
    """
    return crud.read_api_token(token_id, current_user().id)


@blueprint.route("/<id:token_id>", methods=["DELETE"])
@session_required
@blueprint.returns(204)
def revoke_api_token(token_id: int) -> None:
    """Revoke an API token

    It stops working immediately.
    """
    services.revoke_api_token(current_user(), token_id)
