"""Create, change and delete accounts. Hashing a password holds no database connection and no lock."""

from __future__ import annotations

from typing import Any

from blog_api.auth import audit
from blog_api.crud import confirmations as confirmations_crud
from blog_api.crud import credentials as credentials_crud
from blog_api.crud import former_users
from blog_api.crud import idempotency as idempotency_crud
from blog_api.crud import logins as logins_crud
from blog_api.crud import outbox as outbox_crud
from blog_api.crud import previews as previews_crud
from blog_api.crud import users as users_crud
from blog_api.database.session import release_connection
from blog_api.mail.delivery import is_mail_enabled, require_mail
from blog_api.models.users import User
from blog_api.policies.viewers import Viewer
from blog_api.problems import Fault, InvalidInput
from blog_api.security import passwords
from blog_api.services import sessions, throttling
from blog_api.text.folding import fold


def register(data: dict[str, Any], role: str) -> User:
    """Create an account. Raises InvalidInput for a weak password, IntegrityError for a duplicate name or address."""
    data = dict(data)
    release_connection()
    password = data.pop("password")
    check_new_password(password, data["username"], "/password")
    password_hash = passwords.hash_password(password)
    user = users_crud.create_user(**data, password_hash=password_hash, role=role)
    audit.record("account.created", user_id=user.id, detail=role)
    return user


def invite(viewer: Viewer, data: dict[str, Any]) -> User:
    """Create an account without a password, and mail its owner a link to set one.

    Raises MailNotConfigured, IntegrityError for a duplicate name or address, or Unauthorized if the viewer's session
    has ended.
    """
    require_mail()
    sessions.require_live_session(viewer)
    user = users_crud.create_user(**data)
    outbox_crud.add_message("invitation", data["email"], user_id=user.id)
    audit.record("account.created", user_id=user.id, detail=user.role)
    return user


def change_password(viewer: Viewer, current: str, new: str) -> None:
    """Change the viewer's password, end all other sessions and revoke all API tokens.

    Raises InvalidInput if either password is not accepted, TooManyRequests, or Unauthorized if the session has ended.
    """
    check_new_password(new, viewer.username, "/new_password")
    found = credentials_crud.read_credentials(viewer.username)
    attempt = throttling.count_password_change(viewer)
    if found is None or not throttling.verify_password(attempt, found.password_hash, current):
        raise _wrong_current_password()
    password_hash = passwords.hash_password(new)
    sessions.require_live_session(viewer)
    # If another request has set a password since, keep that one.
    if not credentials_crud.lock_credentials(viewer.id, found.password_hash):
        raise _wrong_current_password()
    throttling.record_success(attempt)
    replace_password(viewer.id, password_hash, keep_session=viewer.session_id)
    audit.record("password.changed", user_id=viewer.id)


def set_password(user_id: int, username: str, new: str) -> None:
    """Set a password, end all sessions and revoke all API tokens of the account.

    Raises InvalidInput for a weak password.
    """
    release_connection()
    check_new_password(new, username, "/password")
    password_hash = passwords.hash_password(new)
    replace_password(user_id, password_hash)
    audit.record("password.changed", user_id=user_id)


def replace_password(user_id: int, password_hash: str, *, keep_session: int | None = None) -> None:
    """Store the hash of a new password and end all access gained with the old one, except `keep_session`.

    A thief may have created an API token or requested an email change.
    """
    credentials_crud.set_password_hash(user_id, password_hash)
    sessions.end_access(user_id, keep_session=keep_session)


def change_account(user: User, changes: dict[str, Any]) -> None:
    """Apply `changes` to the account. Disabling it ends its sessions and revokes its API tokens.

    Raises the errors of `update_user`.
    """
    before = (user.role, user.is_active)
    changes = dict(changes)
    email = changes.pop("email", None)
    users_crud.update_user(user, changes)
    if email is not None and email != user.email:
        set_email(user, email)
    if not user.is_active and before[1]:
        sessions.end_access(user.id)
    _audit_changes(user, changes, *before)


def set_email(user: User, email: str, actor_id: int | None = None) -> None:
    """Change the email address and notify the old one. Raises IntegrityError for a duplicate address."""
    notify_current_email(user, "email_changed")
    users_crud.update_user(user, {"email": email, "pending_email": None})
    confirmations_crud.delete_confirmations(user.id)
    audit.record("email.changed", user_id=user.id, actor_id=actor_id)


def notify_current_email(user: User, kind: str) -> None:
    """Queue a notification to the current address of the account, if mail is enabled."""
    if user.email and is_mail_enabled():
        # Not linked to the account: a thief who deletes the account must not delete the notification to its owner.
        outbox_crud.add_message(kind, user.email)


def delete_account(viewer: Viewer, user: User, reassign_to: int | None) -> None:
    """Delete the account. Raises the errors of `delete_user`, or Unauthorized if the owner's session has ended."""
    _require_live_session_of_owner(viewer, user)
    outbox_crud.delete_account_messages(user.id, user.email, user.pending_email)
    former_users.delete_user(user, reassign_to)
    audit.record("account.deleted", user_id=user.id)


def erase_account(viewer: Viewer, user: User) -> None:
    """Erase all personal data of the account. Its posts are kept, under an anonymous author.

    Raises Conflict for the last admin, or Unauthorized if the owner's session has ended.
    """
    if user.erased_at is not None:
        return
    _require_live_session_of_owner(viewer, user)
    outbox_crud.delete_account_messages(user.id, user.email, user.pending_email)
    former_users.anonymise_user(user)
    sessions.end_access(user.id)
    idempotency_crud.delete_stored_responses(user.id)
    logins_crud.delete_networks(user.id)
    previews_crud.delete_previews(user.id)
    audit.record("account.erased", user_id=user.id)


def _require_live_session_of_owner(viewer: Viewer, user: User) -> None:
    if viewer.id == user.id:
        sessions.require_live_session(viewer)


def _audit_changes(user: User, changes: dict[str, Any], old_role: str, was_active: bool) -> None:
    if user.role != old_role:
        audit.record("role.changed", user_id=user.id, detail=f"{old_role} to {user.role}")
    if user.is_active != was_active:
        audit.record("account.enabled" if user.is_active else "account.disabled", user_id=user.id)
    if others := sorted(changes.keys() - {"role", "is_active", "pending_email"}):
        audit.record("account.changed", user_id=user.id, detail=", ".join(others))


def _wrong_current_password() -> InvalidInput:
    error = InvalidInput(
        faults=[Fault("This is not the current password.", "wrong_password", "/current_password")]
    )
    error.audit_event = "password.refused"
    return error


def check_new_password(password: str, username: str, pointer: str) -> None:
    """Raise InvalidInput for a common password or one that contains the username. `pointer` locates the field."""
    if fold(username) in fold(password):
        detail = "The password must not contain the username."
    elif passwords.is_common(password):
        detail = "This password is too common. Choose another one."
    else:
        return
    raise InvalidInput(faults=[Fault(detail, "too_easy", pointer)])
