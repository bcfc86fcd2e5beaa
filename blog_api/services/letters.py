"""What each message of the outbox says, and to whom: found out when it is sent, so that it is true then."""

from __future__ import annotations

from blog_api.auth import audit
from blog_api.auth.tokens import create_opaque_token
from blog_api.crud import confirmations as crud
from blog_api.crud import credentials as credentials_crud
from blog_api.crud.outbox import RESET_STALE_AFTER
from blog_api.database.columns import utcnow
from blog_api.mail.delivery import DeliveryError, Email, page_url
from blog_api.paging.pages import AnyRow

RESET = """\
Hello {username},

somebody, probably you, asked for a new password for your account. Set it on this page within an hour:

{page}

If it was not you, do nothing: your password stays as it is.
"""
CHANGE = """\
Hello {username},

this is to be the new address of your account. Confirm it on this page within an hour:

{page}

If you have no such account, do nothing: somebody has mistyped their address.
"""
ASKED = """\
Hello,

somebody, probably you, asked for another address for the account that has this one. Nothing changes until the other
is confirmed from there, within an hour.

If it was not you, log in and change your password now: that calls it off. If you cannot log in, tell the people who
run the site at once.
"""
CHANGED = """\
Hello,

the account that had this address has another one now, and mail about it goes there.

If it was not you who changed it, tell the people who run the site at once.
"""


def compose(message: AnyRow) -> Email | None:
    """The letter for a message of the outbox; None where there is nobody to tell, or nothing any more.

    Each attempt gets a token of its own, in the transaction that is under way. Raises DeliveryError where others have
    failed, and it is too late now.
    """
    return _KINDS[message.kind](message)


def _reset(message: AnyRow) -> Email | None:
    if not message.attempts:
        # Of an address, and not whose it is, nor whether it is anybody's.
        origin = (message.address, message.request_id)
        audit.record("password.reset_requested", user_id=None, origin=origin)
    if message.created_at <= utcnow() - RESET_STALE_AFTER:
        if message.attempts:
            # What the server of mail did not take is for somebody to look at.
            raise DeliveryError("Nobody waits for it any more.", permanent=True)
        return None
    found = credentials_crud.read_credentials(message.recipient)
    user = crud.lock_account(found.id) if found else None
    if user is None or user.email is None:
        return None
    # To the address of the account: what was typed may look the same, and be somebody else's.
    return _with_token(message, user, user.email, "Set a new password", RESET, "PASSWORD_RESET_URL")


def _change(message: AnyRow) -> Email | None:
    user = crud.lock_account(message.user_id)
    if user is None or user.pending_email != message.recipient:
        return None
    return _with_token(message, user, message.recipient, "Confirm your address", CHANGE, "EMAIL_CONFIRM_URL")


def _asked(message: AnyRow) -> Email:
    return Email(message.recipient, "Another address was asked for", ASKED)


def _changed(message: AnyRow) -> Email:
    return Email(message.recipient, "Your address was changed", CHANGED)


def _with_token(
    message: AnyRow, user: AnyRow, email: str, subject: str, text: str, page: str
) -> Email | None:
    token, digest = create_opaque_token()
    if not crud.create_confirmation(user.id, message.kind, email, message.id, digest):
        return None
    return Email(email, subject, text.format(username=user.username, page=page_url(page, token)), token)


_KINDS = {
    "password_reset": _reset,
    "email_change": _change,
    "email_change_asked": _asked,
    "email_changed": _changed,
}
