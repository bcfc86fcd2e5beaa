"""Password resets and email changes, which are confirmed by mail."""

from __future__ import annotations

from typing import Any

from blog_api.auth import audit
from blog_api.auth.tokens import token_digest
from blog_api.crud import confirmations as crud
from blog_api.crud import outbox as outbox_crud
from blog_api.crud import users as users_crud
from blog_api.database.errors import EMAIL_TAKEN
from blog_api.database.session import release_connection
from blog_api.mail.delivery import require_mail
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow
from blog_api.policies.viewers import Viewer
from blog_api.problems import Conflict, Fault, InvalidInput
from blog_api.security import passwords
from blog_api.security.networks import network_of
from blog_api.services import accounts, sessions, throttling
from blog_api.text.folding import fold


def request_password_reset(email: str) -> None:
    """Queue a password reset for this address. Raises MailNotConfigured.

    Always inserts one row, so that the response does not reveal whether the account exists.
    """
    require_mail()
    ip_address, request_id = audit.request_origin()
    outbox_crud.add_message("password_reset", email, ip_address=ip_address, request_id=request_id)


def confirm_password_reset(token: str, new: str) -> None:
    """Set a new password with a token, end all sessions and revoke all API tokens of the account.

    Raises InvalidInput. A rejected password does not use up the token.
    """
    digest = token_digest(token)
    found = _find_confirmation(digest, "password_reset")
    accounts.check_new_password(new, found.username, "/new_password")
    release_connection()
    password_hash = passwords.hash_password(new)
    if not crud.lock_confirmation(digest, "password_reset", found.user_id):
        raise _invalid_token()
    accounts.replace_password(found.user_id, password_hash)
    # Most users guess until they are locked out before they request a reset.
    names = (fold(found.username), fold(found.email))
    throttling.record_ownership_proof(found.user_id, names, network_of(audit.request_origin()[0]))
    audit.record("password.reset", user_id=found.user_id, actor_id=found.user_id)


def change_own_account(viewer: Viewer, user: User, changes: dict[str, Any]) -> None:
    """Apply `changes` to the viewer's own account. A new email address takes effect once it is confirmed.

    Raises the errors of `change_account`, Conflict for a duplicate address, MailNotConfigured, or Unauthorized if the
    session has ended.
    """
    if "email" in changes:
        sessions.require_live_session(viewer)
        changes = changes | {"pending_email": _request_email_change(user, changes["email"])}
        del changes["email"]
    accounts.change_account(user, changes)


def _request_email_change(user: User, email: str) -> str | None:
    """Return the pending address; None if it is the current one, which cancels a pending change."""
    if email == user.email:
        # Do not alarm the owner about a cancelled change, unless the mail is already sent.
        outbox_crud.delete_waiting_messages("email_change_asked", email)
        return None
    require_mail()
    if users_crud.is_email_taken(email, user.id):
        raise Conflict(EMAIL_TAKEN.detail, faults=[EMAIL_TAKEN])
    outbox_crud.add_message("email_change", email, user_id=user.id)
    # Warn the owner before anything changes, in case the account was taken over.
    accounts.notify_current_email(user, "email_change_asked")
    audit.record("email.change_requested", user_id=user.id)
    return email


def confirm_email(token: str) -> None:
    """Set the address that the token was sent to. Raises InvalidInput, or Conflict for a duplicate address."""
    digest = token_digest(token)
    found = _find_confirmation(digest, "email_change")
    if not crud.lock_confirmation(digest, "email_change", found.user_id):
        raise _invalid_token()
    user = users_crud.get_user(found.user_id)
    if users_crud.is_email_taken(found.email, user.id):
        raise Conflict("This address now belongs to another account.")
    accounts.set_email(user, found.email, actor_id=user.id)


def _find_confirmation(digest: str, purpose: str) -> AnyRow:
    found = crud.find_confirmation(digest, purpose)
    if found is None:
        raise _invalid_token()
    return found


def _invalid_token() -> InvalidInput:
    detail = "This token is invalid, expired or already used. Request a new one."
    error = InvalidInput(faults=[Fault(detail, "bad_token", "/token")])
    error.audit_event = "token.refused"
    return error
