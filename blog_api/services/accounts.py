"""Accounts: what is done to them, and hashing, which holds no connection and no lock."""

from __future__ import annotations

from typing import Any

from blog_api.auth import audit
from blog_api.crud import confirmations as confirmations_crud
from blog_api.crud import credentials as credentials_crud
from blog_api.crud import idempotency as idempotency_crud
from blog_api.crud import logins as logins_crud
from blog_api.crud import outbox as outbox_crud
from blog_api.crud import users as users_crud
from blog_api.database.session import release_connection
from blog_api.mail.delivery import is_mail_enabled
from blog_api.models import User
from blog_api.policies.viewers import Viewer
from blog_api.problems import Fault, InvalidInput
from blog_api.security import passwords
from blog_api.services import guessing, sessions


def register(data: dict[str, Any], role: str) -> User:
    """A new account. A taken username or address is an IntegrityError; InvalidInput where the password is the name."""
    data = dict(data)
    release_connection()
    password = data.pop("password")
    check_new_password(password, data["username"], "/password")
    password_hash = passwords.hash_password(password)
    user = users_crud.create_user(**data, password_hash=password_hash, role=role)
    audit.record("account.created", user_id=user.id, detail=role)
    return user


def change_password(viewer: Viewer, current: str, new: str) -> None:
    """Set a new password, and end all other sessions and all API tokens.

    Raises InvalidInput where one of the two will not do, TooManyRequests, and Unauthorized where the session has ended.
    """
    check_new_password(new, viewer.username, "/new_password")
    found = credentials_crud.read_credentials(viewer.username)
    guess = guessing.count_password_change(viewer)
    if found is None or not guessing.verify_guess(guess, found.password_hash, current):
        raise _wrong_current_password()
    password_hash = passwords.hash_password(new)
    sessions.require_live_session(viewer)
    # A password that somebody set while we hashed is the newer one, and stays.
    if not credentials_crud.lock_credentials(viewer.id, found.password_hash):
        raise _wrong_current_password()
    guessing.record_success(guess)
    replace_password(viewer.id, password_hash, keep_session=viewer.session_id)
    audit.record("password.changed", user_id=viewer.id)


def set_password(user_id: int, username: str, new: str) -> None:
    """Set a password, and end all sessions and API tokens of the account.

    Raises InvalidInput where the password will not do.
    """
    release_connection()
    check_new_password(new, username, "/password")
    password_hash = passwords.hash_password(new)
    replace_password(user_id, password_hash)
    audit.record("password.changed", user_id=user_id)


def replace_password(user_id: int, password_hash: str, *, keep_session: int | None = None) -> None:
    """Store the hash of another password, and end all that was let in by the old one, except the session `but`.

    A thief may have made an API token with it, or asked for another address.
    """
    credentials_crud.set_password_hash(user_id, password_hash)
    sessions.end_access(user_id, keep_session=keep_session)


def change_account(user: User, changes: dict[str, Any]) -> None:
    """Set what is in `changes`; an account that is disabled by it loses its sessions and API tokens.

    Raises what `update_user` raises.
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
    """Give the account another address, and tell the old one. A taken one is an IntegrityError."""
    notify_current_address(user, "email_changed")
    users_crud.update_user(user, {"email": email, "pending_email": None})
    confirmations_crud.delete_confirmations(user.id)
    audit.record("email.changed", user_id=user.id, actor_id=actor_id)


def notify_current_address(user: User, kind: str) -> None:
    """Have the address that the account has at this moment told what is done to it, if mail is sent at all."""
    if user.email and is_mail_enabled():
        # Of no account: a thief who deletes it must not take along what its owner is to be told.
        outbox_crud.add_message(kind, user.email)


def delete_account(viewer: Viewer, user: User, reassign_to: int | None) -> None:
    """Remove the account. Raises what `delete_user` raises, and Unauthorized where the owner's session has ended."""
    _require_live_session_of_owner(viewer, user)
    outbox_crud.delete_account_messages(user.id, user.email, user.pending_email)
    users_crud.delete_user(user, reassign_to)
    audit.record("account.deleted", user_id=user.id)


def erase_account(viewer: Viewer, user: User) -> None:
    """Forget all of a person but the posts, by nobody in particular then.

    Raises Conflict for the last admin, and Unauthorized where the owner's session has ended.
    """
    _require_live_session_of_owner(viewer, user)
    outbox_crud.delete_account_messages(user.id, user.email, user.pending_email)
    users_crud.anonymise_user(user)
    sessions.end_access(user.id)
    idempotency_crud.delete_stored_responses(user.id)
    logins_crud.delete_networks(user.id)
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
    """Raise InvalidInput for a password that is guessed first; `pointer` is where it stands."""
    if password.casefold() == username.casefold():
        detail = "The password must not be the username, which is the first guess."
    elif passwords.is_common(password):
        detail = "This password is among those that are guessed first."
    else:
        return
    raise InvalidInput(faults=[Fault(detail, "too_easy", pointer)])
