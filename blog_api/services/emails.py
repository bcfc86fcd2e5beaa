"""The emails of the outbox. Each one is composed when it is sent, so that it reflects the state at that time."""

from __future__ import annotations

from blog_api.auth import audit
from blog_api.auth.tokens import create_opaque_token
from blog_api.crud import confirmations as crud
from blog_api.crud import credentials as credentials_crud
from blog_api.crud import users
from blog_api.crud.outbox import RESET_STALE_AFTER
from blog_api.crud.webhooks import endpoints
from blog_api.database.columns import utcnow
from blog_api.mail.delivery import DeliveryError, Email, page_url
from blog_api.paging.pages import AnyRow
from blog_api.services.comment_emails import compose_notice

RESET = """\
Hello {username},

We received a request to reset the password of your account. To choose a new
password, open this page within one hour:

{page}

If you did not request this, ignore this email. Your password has not been changed.
"""
INVITATION = """\
Hello {username},

An administrator has created an account for you. To choose your password, open
this page within seven days:

{page}

After that, request a password reset with this email address.
"""
CHANGE = """\
Hello {username},

You asked to use this email address for your account. To confirm it, open this
page within one hour:

{page}

If this is not your account, ignore this email. Somebody probably mistyped
their address.
"""
CHANGE_REQUESTED = """\
Hello,

We received a request to change the email address of your account. This address
remains in use until the new one is confirmed, within one hour.

If you did not request this, log in and change your password now. That cancels
the request. If you cannot log in, contact the administrators of the site
immediately.
"""
CHANGED = """\
Hello,

The email address of your account has been changed. Mail about your account now
goes to the new address.

If you did not make this change, contact the administrators of the site
immediately.
"""

WEBHOOK_DISABLED = """\
Hello {username},

Webhook {webhook_id} was switched off, because its receiver
did not accept messages:

{url}
{error}

Once the receiver works again, switch the webhook on: send
{{"is_active": true}} with PATCH /api/v1/webhooks/{webhook_id}. It will receive the
changes from then on. The log of its deliveries lists the messages that
failed; they can be sent again.
"""


def compose(message: AnyRow) -> Email | None:
    """Return the email for an outbox message, or None if there is no recipient or the message is obsolete.

    Each attempt creates its own token in the current transaction. Raises DeliveryError if earlier attempts have failed
    and the request is now stale.
    """
    return _KINDS[message.kind](message)


def _compose_reset(message: AnyRow) -> Email | None:
    if not message.attempts:
        # Record neither the account nor whether there is one.
        origin = (message.address, message.request_id)
        audit.record("password.reset_requested", user_id=None, origin=origin)
    if message.created_at <= utcnow() - RESET_STALE_AFTER:
        if message.attempts:
            # The mail server did not accept it: mark it as failed, so that an operator sees it.
            raise DeliveryError("The request expired before it could be sent.", permanent=True)
        return None
    found = credentials_crud.read_credentials(message.recipient)
    user = crud.lock_account(found.id) if found else None
    if user is None or user.email is None:
        return None
    # Use the stored address: one that was entered can fold to the same key and still belong to somebody else.
    return _with_token(message, user, user.email, "Reset your password", RESET, "PASSWORD_RESET_URL")


def _compose_invitation(message: AnyRow) -> Email | None:
    user = crud.lock_account(message.user_id)
    if user is None or user.email != message.recipient:
        return None
    token, digest = create_opaque_token()
    # The token sets a password, like that of a password reset. If such a token has just been sent, it is enough.
    if not crud.create_confirmation(
        user.id, "password_reset", user.email, message.id, digest, crud.INVITATION_LIFETIME
    ):
        return None
    text = INVITATION.format(username=user.username, page=page_url("PASSWORD_RESET_URL", token))
    return Email(user.email, "Your new account", text, token)


def _compose_change(message: AnyRow) -> Email | None:
    user = crud.lock_account(message.user_id)
    if user is None or user.pending_email != message.recipient:
        return None
    return _with_token(
        message, user, message.recipient, "Confirm your email address", CHANGE, "EMAIL_CONFIRM_URL"
    )


def _compose_change_requested(message: AnyRow) -> Email:
    return Email(message.recipient, "Request to change your email address", CHANGE_REQUESTED)


def _compose_changed(message: AnyRow) -> Email:
    return Email(message.recipient, "Your email address was changed", CHANGED)


def _compose_webhook_disabled(message: AnyRow) -> Email | None:
    admin, webhook = users.find_admin(message.user_id), endpoints.find_webhook(message.webhook_id)
    if admin is None or admin.email is None or webhook is None or webhook.is_active:
        return None
    text = WEBHOOK_DISABLED.format(
        username=admin.username,
        webhook_id=webhook.id,
        url=webhook.url,
        error=webhook.last_error,
    )
    return Email(admin.email, "A webhook was switched off", text)


def _with_token(
    message: AnyRow, user: AnyRow, email: str, subject: str, text: str, page: str
) -> Email | None:
    token, digest = create_opaque_token()
    if not crud.create_confirmation(user.id, message.kind, email, message.id, digest):
        return None
    return Email(email, subject, text.format(username=user.username, page=page_url(page, token)), token)


_KINDS = {
    "password_reset": _compose_reset,
    "email_change": _compose_change,
    "email_change_asked": _compose_change_requested,
    "email_changed": _compose_changed,
    "invitation": _compose_invitation,
    "webhook_disabled": _compose_webhook_disabled,
    "comment": compose_notice,
    "reply": compose_notice,
}
