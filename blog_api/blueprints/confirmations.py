"""/auth: what is confirmed by mail."""

from __future__ import annotations

from typing import Any

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import public
from blog_api.schemas import confirmations as schemas
from blog_api.services import confirmations

blueprint = Blueprint(
    "confirmations",
    __name__,
    url_prefix="/api/v1/auth",
    description="What is confirmed by mail.",
    secret=True,
)


@blueprint.route("/password-reset", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_PASSWORD_RESET")
@blueprint.body(schemas.PasswordResetRequest())
@blueprint.gives(202)
@blueprint.fails(403)
def request_password_reset(data: dict[str, Any]) -> None:
    """Ask for a new password

    If an account has this address, a token is sent there, which counts for an hour. The reply does not tell.
    """
    confirmations.request_password_reset(data["email"])


@blueprint.route("/password-reset/confirm", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_CONFIRM")
@blueprint.body(schemas.PasswordReset())
@blueprint.gives(204)
def confirm_password_reset(data: dict[str, Any]) -> None:
    """Set a new password with a token

    All sessions and API tokens of the account end. A token is spent once, and only by a password that is taken; it
    counts no more once the password or the address has changed.
    """
    confirmations.confirm_password_reset(data["token"], data["new_password"])


@blueprint.route("/email/confirm", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_CONFIRM")
@blueprint.body(schemas.EmailConfirmation())
@blueprint.gives(204)
@blueprint.fails(409)
def confirm_email(data: dict[str, Any]) -> None:
    """Confirm an address

    With the token that was sent to it. The account has this address from now on, and the old one is told.
    """
    confirmations.confirm_email(data["token"])
