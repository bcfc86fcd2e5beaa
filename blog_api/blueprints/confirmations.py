"""/auth: password resets and email confirmations."""

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
    description="Password resets and email confirmations.",
    secret=True,
)


@blueprint.route("/password-reset", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_PASSWORD_RESET")
@blueprint.body(schemas.PasswordResetRequest())
@blueprint.returns(202)
@blueprint.raises(403)
def request_password_reset(data: dict[str, Any]) -> None:
    """Request a password reset

    If an account has this address, a token is sent to it, valid for one hour. The response does not reveal whether
    there is such an account.
    """
    confirmations.request_password_reset(data["email"])


@blueprint.route("/password-reset/confirm", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_CONFIRM")
@blueprint.body(schemas.PasswordReset())
@blueprint.returns(204)
def confirm_password_reset(data: dict[str, Any]) -> None:
    """Reset a password

    Ends all sessions of the account and revokes its API tokens. The token works once; a rejected password does not
    use it up. The token becomes invalid when the password or the address of the account changes.
    """
    confirmations.confirm_password_reset(data["token"], data["new_password"])


@blueprint.route("/email/confirm", methods=["POST"])
@public
@blueprint.limited("RATELIMIT_CONFIRM")
@blueprint.body(schemas.EmailConfirmation())
@blueprint.returns(204)
@blueprint.raises(409)
def confirm_email(data: dict[str, Any]) -> None:
    """Confirm an email address

    Takes the token that was sent to the new address. The account then has this address, and the old one is notified.
    """
    confirmations.confirm_email(data["token"])
