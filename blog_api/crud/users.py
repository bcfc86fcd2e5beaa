"""Queries of accounts."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from blog_api.crud.credentials import key_column
from blog_api.crud.posts.authors import reassign_posts
from blog_api.crud.posts.versions import raise_versions
from blog_api.crud.rows import get_or_404, patch, read_one
from blog_api.database.session import db
from blog_api.models import Post, PostAuthor, User
from blog_api.paging.pages import Listing, Page, PageRequest, read_page
from blog_api.policies.accounts import can_see_account
from blog_api.policies.posts import live_authored_posts, parameters_of
from blog_api.policies.viewers import Viewer, is_admin
from blog_api.problems import Conflict, Fault, InvalidInput
from blog_api.text.folding import fold

_SORTS = {"username": User.username_key, "created_at": User.created_at}
_PRIVATE = frozenset({"email", "pending_email", "is_active", "updated_at"})


def _post_count() -> ScalarSelect[int]:
    counted = select(func.count()).where(PostAuthor.user_id == User.id, live_authored_posts())
    return counted.correlate(User).scalar_subquery()


_SELECT_USERS = select(
    User.id, User.username, User.display_name, User.bio, User.role, User.created_at, User.email,
    User.is_active, User.updated_at, User.pending_email, User.version, _post_count().label("post_count"),
)  # fmt: skip
_SELECT_USER = _SELECT_USERS.where(User.id == bindparam("user_id"))
_MISSING = "There is no user of this id."


@lru_cache
def _listing(sort: str, disabled: bool) -> Listing:
    return Listing(_SELECT_USERS, _SORTS[sort], User.id, () if disabled else (User.is_active,))


def list_users(page: PageRequest, viewer: Viewer | None) -> Page:
    """The accounts that are not disabled; to admins all."""
    listing = _listing(page.sort.lstrip("-"), is_admin(viewer))
    found = read_page(listing, page, parameters_of(viewer))
    for user in found.data:
        _hide_private(user, viewer)
    return found


def read_user(user_id: int, viewer: Viewer | None) -> dict[str, Any]:
    """One account with its number of published posts. Raises NotFound."""
    user = read_one(_SELECT_USER, parameters_of(viewer) | {"user_id": user_id}, _MISSING)
    _hide_private(user, viewer)
    return user


def _hide_private(user: dict[str, Any], viewer: Viewer | None) -> None:
    if not can_see_account(viewer, user["id"]):
        for name in _PRIVATE:
            del user[name]
    elif user["pending_email"] is None:
        del user["pending_email"]


def get_user(user_id: int) -> User:
    """The account, to change it. Raises NotFound."""
    return get_or_404(select(User).where(User.id == user_id), {}, _MISSING)


def find_user(name: str) -> User | None:
    """The account of this username or address, whatever their case; None where there is none."""
    return db.session.execute(select(User).where(_named(name))).scalar_one_or_none()


def _named(name: str) -> ColumnElement[bool]:
    key = fold(name)
    return key_column(key) == key


def is_address_taken(email: str, user_id: int) -> bool:
    """Whether an account other than this one has the address."""
    others = select(User.id).where(User.email_key == fold(email), User.id != user_id)
    return db.session.execute(others).one_or_none() is not None


def clear_pending_email(user_id: int) -> None:
    """The account wants no other address any more."""
    db.session.execute(
        update(User)
        .where(User.id == user_id, User.pending_email.is_not(None))
        .values(pending_email=None, version=User.version + 1),
        execution_options={"synchronize_session": False},
    )


def create_user(
    username: str,
    *,
    email: str | None = None,
    password_hash: str | None = None,
    display_name: str | None = None,
    bio: str = "",
    role: str = "author",
) -> User:
    """A new account. A taken username or address is an IntegrityError."""
    user = User(
        username=username,
        username_key=fold(username),
        email=email,
        email_key=fold(email) if email else None,
        password_hash=password_hash,
        display_name=display_name or username,
        bio=bio,
        role=role,
    )
    db.session.add(user)
    db.session.flush()
    return user


def update_user(user: User, changes: dict[str, Any]) -> None:
    """Set what is in `changes`. Raises Conflict where no active admin would be left."""
    stays_admin = changes.get("role", user.role) == "admin" and changes.get("is_active", user.is_active)
    if not stays_admin:
        _require_another_admin(user)
    keys = {f"{name}_key": fold(changes[name]) for name in ("username", "email") if name in changes}
    patch(user, changes | keys)


def delete_user(user: User, reassign_to: int | None = None) -> None:
    """Remove the account; its posts go to `reassign_to`.

    Raises Conflict for the last admin and where posts are left, InvalidInput where `reassign_to` cannot have them.
    """
    _require_another_admin(user)
    if reassign_to is not None:
        _check_new_owner(user, reassign_to)
        reassign_posts(user.id, reassign_to)
    else:
        # The posts that others own lose a co-author, whose rows go with the account.
        raise_versions(Post.id.in_(select(PostAuthor.post_id).where(PostAuthor.user_id == user.id)))
    db.session.delete(user)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("There are posts of this account, perhaps in the trash.") from error


def anonymise_user(user: User) -> None:
    """Forget who it was, whose posts stay: the account keeps its id, and nobody can log in to it.

    Raises Conflict for the last admin.
    """
    changes = {
        # By chance, or somebody could take the name beforehand.
        "username": f"deleted-{secrets.token_hex(8)}",
        "display_name": "Deleted user",
        "bio": "",
        "role": "reader",
        "is_active": False,
    }
    user.email = user.email_key = user.pending_email = user.password_hash = None
    update_user(user, changes)


def _check_new_owner(user: User, new_owner_id: int) -> None:
    heir = db.session.get(User, new_owner_id)
    if heir is None or heir is user or heir.role == "reader" or not heir.is_active:
        detail = "This must be the id of another user, who may write posts."
        raise InvalidInput(faults=[Fault(detail, "not_a_user", parameter="reassign_to")])


def _require_another_admin(user: User) -> None:
    if user.role != "admin" or not user.is_active:
        return
    # Locked in one order, so that of two who remove each other the second sees what the first did.
    admins = select(User.id).where(User.role == "admin", User.is_active).order_by(User.id).with_for_update()
    if set(db.session.execute(admins).scalars()) <= {user.id}:
        raise Conflict("This is the last admin; make another one first.")
