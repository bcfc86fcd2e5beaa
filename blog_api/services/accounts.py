"""Accounts and their logins: what needs both tables, and hashing, which holds no connection and no lock."""

from __future__ import annotations

from typing import Any

from blog_api import audit, passwords
from blog_api.crud import api_tokens as tokens_crud
from blog_api.crud import confirmations as confirmations_crud
from blog_api.crud import idempotency as idempotency_crud
from blog_api.crud import logins as logins_crud
from blog_api.crud import outbox as outbox_crud
from blog_api.crud import sessions as sessions_crud
from blog_api.crud import users as users_crud
from blog_api.database import release
from blog_api.mailer import is_mail_enabled
from blog_api.models import User
from blog_api.networks import network_of
from blog_api.policies import Viewer
from blog_api.problems import Fault, InvalidInput, NotFound, Unauthorized, Unavailable
from blog_api.services import guessing
from blog_api.text.folding import fold
from blog_api.tokens import make_tokens, new_jti, refresh_expiry

Tokens = dict[str, Any]


def register(data: dict[str, Any], role: str) -> User:
    """A new account. A taken username or address is an IntegrityError; InvalidInput where the password is the name."""
    data = dict(data)
    release()
    password = data.pop("password")
    check_new_password(password, data["username"], "/password")
    password_hash = passwords.hash_password(password)
    user = users_crud.create_user(**data, password_hash=password_hash, role=role)
    audit.note("account.created", user_id=user.id, detail=role)
    return user


def log_in(name: str, password: str, *, user_agent: str, address: str) -> Tokens:
    """The tokens of a new session.

    Raises Unauthorized, after the same work and in the same words whatever is wrong, and TooManyRequests.
    """
    network = network_of(address)
    found = users_crud.read_credentials(name)
    guess = guessing.count_login(found.id if found else None, fold(name), network)
    stored = found.password_hash if found and found.is_active else None
    if not _is_right(guess, stored, password) or found is None or stored is None:
        raise _failed_login(found.id if found else None)
    renewed = passwords.hash_password(password) if passwords.needs_rehash(stored) else None
    # Whoever changed the password while we hashed has ended all sessions; one more must not appear after that.
    if not users_crud.lock_credentials(found.id, stored):
        raise _failed_login(found.id)
    if renewed:
        users_crud.set_password_hash(found.id, renewed)
    guessing.note_login(guess, found.id, network)
    audit.note("login.succeeded", user_id=found.id, actor_id=found.id)
    jti = new_jti()
    session_id = sessions_crud.create_session(
        found.id, jti, refresh_expiry(), user_agent=user_agent, address=address
    )
    return make_tokens(found.id, session_id, jti)


def refresh(claims: dict[str, Any]) -> Tokens:
    """A new pair for a refresh token. Raises Unauthorized where its session has ended.

    A token that was spent before ends its session: either the client or a thief holds a copy, and we cannot tell who.
    """
    session_id, user_id = claims["sid"], int(claims["sub"])
    if sessions_crud.read_viewer(session_id, user_id) is None:
        raise Unauthorized("This session has ended.", error="invalid_token")
    jti = new_jti()
    if sessions_crud.rotate_session(session_id, claims["jti"], jti, refresh_expiry()):
        return make_tokens(user_id, session_id, jti)
    sessions_crud.end_session(session_id, user_id)
    audit.note("session.ended", user_id=user_id, detail=f"session {session_id}: refresh token used twice")
    error = Unauthorized(
        "This refresh token was used before; its session has been ended.", error="invalid_token"
    )
    error.writes_stand = True
    raise error


def end_session(session_id: int, user_id: int) -> None:
    """End one login of the account. Raises NotFound."""
    if not sessions_crud.end_session(session_id, user_id):
        raise NotFound("You have no session of this id.")
    audit.note("session.ended", user_id=user_id, detail=f"session {session_id}")


def end_other_sessions(viewer: Viewer) -> None:
    """End all logins of the account but the one that asks."""
    sessions_crud.end_sessions(viewer.id, but=viewer.session_id)
    audit.note("session.ended", user_id=viewer.id, detail=f"all but session {viewer.session_id}")


def change_password(viewer: Viewer, current: str, new: str) -> None:
    """Set a new password, and end all other sessions and all API tokens.

    Raises InvalidInput where one of the two will not do, and TooManyRequests.
    """
    check_new_password(new, viewer.username, "/new_password")
    found = users_crud.read_credentials(viewer.username)
    guess = guessing.count_password_change(viewer.id)
    if found is None or not _is_right(guess, found.password_hash, current):
        raise _wrong_current()
    password_hash = passwords.hash_password(new)
    # A password that somebody set while we hashed is the newer one, and stays.
    if not users_crud.lock_credentials(viewer.id, found.password_hash):
        raise _wrong_current()
    guessing.note_success(guess)
    replace_password(viewer.id, password_hash, but=viewer.session_id)
    audit.note("password.changed", user_id=viewer.id)


def set_password(user_id: int, username: str, new: str) -> None:
    """Set a password, and end all sessions and API tokens of the account.

    Raises InvalidInput where the password will not do.
    """
    release()
    check_new_password(new, username, "/password")
    password_hash = passwords.hash_password(new)
    replace_password(user_id, password_hash)
    audit.note("password.changed", user_id=user_id)


def replace_password(user_id: int, password_hash: str, *, but: int | None = None) -> None:
    """Store the hash of another password, and end all that was let in by the old one, except the session `but`.

    A thief may have made an API token with it, or asked for another address.
    """
    users_crud.set_password_hash(user_id, password_hash)
    end_access(user_id, but=but)


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
        end_access(user.id)
    _note_changes(user, changes, *before)


def set_email(user: User, email: str, actor_id: int | None = None) -> None:
    """Give the account another address, and tell the old one. A taken one is an IntegrityError."""
    tell_present_address(user, "email_changed")
    users_crud.update_user(user, {"email": email, "pending_email": None})
    confirmations_crud.forget_confirmations(user.id)
    audit.note("email.changed", user_id=user.id, actor_id=actor_id)


def tell_present_address(user: User, kind: str) -> None:
    """Have the address that the account has at this moment told what is done to it, if mail is sent at all."""
    if user.email and is_mail_enabled():
        # Of no account: a thief who deletes it must not take along what its owner is to be told.
        outbox_crud.add_message(kind, user.email)


def delete_account(user: User, reassign_to: int | None) -> None:
    """Remove the account. Raises what `delete_user` raises."""
    outbox_crud.forget_messages(user.id, user.email, user.pending_email)
    users_crud.delete_user(user, reassign_to)
    audit.note("account.deleted", user_id=user.id)


def erase_account(user: User) -> None:
    """Forget all of a person but the posts, by nobody in particular then. Raises Conflict for the last admin."""
    outbox_crud.forget_messages(user.id, user.email, user.pending_email)
    users_crud.anonymise_user(user)
    end_access(user.id)
    idempotency_crud.forget_replies(user.id)
    logins_crud.forget_networks(user.id)
    audit.note("account.erased", user_id=user.id)


def _note_changes(user: User, changes: dict[str, Any], old_role: str, was_active: bool) -> None:
    if user.role != old_role:
        audit.note("role.changed", user_id=user.id, detail=f"{old_role} to {user.role}")
    if user.is_active != was_active:
        audit.note("account.enabled" if user.is_active else "account.disabled", user_id=user.id)
    if others := sorted(changes.keys() - {"role", "is_active", "pending_email"}):
        audit.note("account.changed", user_id=user.id, detail=", ".join(others))


def revoke_access(user_id: int) -> None:
    """End all sessions and API tokens of the account, whose password stays."""
    end_access(user_id)
    audit.note("session.ended", user_id=user_id, detail="all")
    audit.note("api_token.revoked", user_id=user_id, detail="all")


def end_access(user_id: int, *, but: int | None = None) -> None:
    """End all sessions of the account, except `but`, its API tokens, and what waits to be confirmed."""
    sessions_crud.end_sessions(user_id, but=but)
    tokens_crud.revoke_api_tokens(user_id)
    # Neither what was sent counts any more, nor is any more of it sent.
    users_crud.forget_pending_email(user_id)
    confirmations_crud.forget_confirmations(user_id)


def _is_right(guess: guessing.Guess, stored: str | None, password: str) -> bool:
    try:
        return passwords.verify_password(stored, password)
    except Unavailable:
        guessing.withdraw(guess)
        raise


def _failed_login(user_id: int | None) -> Unauthorized:
    error = Unauthorized("The username or the password is wrong.")
    error.event, error.concerns = "login.failed", user_id
    return error


def _wrong_current() -> InvalidInput:
    error = InvalidInput(
        faults=[Fault("This is not the current password.", "wrong_password", "/current_password")]
    )
    error.event = "password.refused"
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
