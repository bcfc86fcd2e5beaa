"""Queries for accounts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, bindparam, func, select, update

from blog_api.crud.credentials import key_column
from blog_api.crud.media.images import complete_image
from blog_api.crud.rows import Renamed, get_or_404, patch, read_one
from blog_api.database.session import UNSYNCHRONIZED, db, execute_rows
from blog_api.models.addresses import Username
from blog_api.models.posts import PostAuthor
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow, AnySelect, Listing, Page, PageRequest, read_page
from blog_api.policies.accounts import can_see_account, can_see_role, visible_accounts
from blog_api.policies.posts import live_authored_posts, parameters_of
from blog_api.policies.viewers import Viewer, is_admin
from blog_api.problems import Conflict, NotFound
from blog_api.schemas.merging import merge_fields
from blog_api.schemas.users import Profile
from blog_api.text.folding import fold

_PROFILE = Profile(partial=True)
_SORTS = {"username": User.username_key, "created_at": User.created_at}
_PRIVATE = frozenset({"email", "pending_email", "is_active", "updated_at", "comment_mail"})


def _post_count() -> ScalarSelect[int]:
    counted = select(func.count()).where(PostAuthor.user_id == User.id, live_authored_posts())
    return counted.correlate(User).scalar_subquery()


_SELECT_USERS = select(
    User.id, User.username, User.display_name, User.bio, User.website, User.image, User.role,
    User.created_at, User.email, User.is_active, User.updated_at, User.pending_email, User.comment_mail,
    User.version,
    _post_count().label("post_count"),
)  # fmt: skip
# The number of bind parameters of a statement is limited.
BATCH = 500
_MISSING = "There is no user with this id."
_UNKNOWN_NAME = "There is no user with this name."


@lru_cache
def _listing(sort: str, disabled: bool, is_public: bool) -> Listing:
    shown = visible_accounts(is_public=is_public)
    return Listing(_SELECT_USERS, _SORTS[sort], User.id, (shown,) if disabled else (User.is_active, shown))


def list_users(page: PageRequest, viewer: Viewer | None) -> Page:
    """Read a page of accounts. Only admins see disabled ones, and only people with a token those without posts."""
    listing = _listing(page.sort.lstrip("-"), is_admin(viewer), viewer is None)
    found = read_page(listing, page, parameters_of(viewer))
    for user in found.data:
        _hide_private(user, viewer)
    return found


def list_accounts(role: str | None = None) -> Sequence[AnyRow]:
    """Read all accounts, or those with a role, by username."""
    rows = select(
        User.id, User.username, User.role, User.is_active, User.erased_at, User.created_at, User.email,
        User.password_hash.is_not(None).label("has_password"),
    )  # fmt: skip
    if role is not None:
        rows = rows.where(User.role == role)
    return db.session.execute(rows.order_by(User.username_key)).all()


def find_admin(user_id: int) -> User | None:
    """Return the active admin with this id, or None."""
    return db.session.scalars(
        select(User).where(User.id == user_id, User.role == "admin", User.is_active)
    ).one_or_none()


def read_user(user_id: int, viewer: Viewer | None) -> dict[str, Any]:
    """Read one account with its number of published posts. Raises NotFound if the viewer may not see it."""
    user = read_one(_single_user(viewer is None), parameters_of(viewer) | {"user_id": user_id}, _MISSING)
    _hide_private(user, viewer)
    return user


def read_user_by_name(username: str, viewer: Viewer | None) -> dict[str, Any]:
    """Read one account by its username, ignoring case, like `read_user`. Raises Renamed for a former username."""
    is_public, parameters = viewer is None, parameters_of(viewer) | {"username_key": fold(username)}
    try:
        user = read_one(_user_by_name(is_public), parameters, _UNKNOWN_NAME)
    except NotFound:
        present = execute_rows(_present_name(is_public), parameters).scalar_one_or_none()
        if present is None:
            raise
        raise Renamed("username", present) from None
    _hide_private(user, viewer)
    return user


@lru_cache
def _user_by_name(is_public: bool) -> AnySelect:
    named = User.username_key == bindparam("username_key")
    return _SELECT_USERS.where(named, visible_accounts(is_public=is_public))


@lru_cache
def _present_name(is_public: bool) -> Select[str]:
    joined = select(User.username).join(Username, Username.user_id == User.id)
    former = Username.username_key == bindparam("username_key")
    return joined.where(former, visible_accounts(is_public=is_public))


@lru_cache
def _single_user(is_public: bool) -> AnySelect:
    return _SELECT_USERS.where(User.id == bindparam("user_id"), visible_accounts(is_public=is_public))


def _hide_private(user: dict[str, Any], viewer: Viewer | None) -> None:
    if not can_see_account(viewer, user["id"]):
        for name in _PRIVATE:
            del user[name]
        if not can_see_role(viewer):
            del user["role"]
    elif user["pending_email"] is None:
        del user["pending_email"]


def get_user(user_id: int) -> User:
    """Load an account for editing. Raises NotFound."""
    return get_or_404(select(User).where(User.id == user_id), {}, _MISSING)


def find_user(name: str) -> User | None:
    """Return the account with this username or email address, ignoring case, or None."""
    return db.session.execute(select(User).where(_has_name(name))).scalar_one_or_none()


def find_imported_users(username_keys: Collection[str]) -> Sequence[User]:
    """Return the accounts with these folded usernames that an import has created and that nobody can log in to."""
    nobody = User.imported, User.password_hash.is_(None), User.erased_at.is_(None)
    return db.session.scalars(select(User).where(User.username_key.in_(username_keys), *nobody)).all()


def _has_name(name: str) -> ColumnElement[bool]:
    key = fold(name)
    return key_column(key) == key


def is_email_taken(email: str, user_id: int) -> bool:
    """Return whether another account has the email address."""
    others = select(User.id).where(User.email_key == fold(email), User.id != user_id)
    return db.session.execute(others).one_or_none() is not None


def clear_pending_email(user_id: int) -> None:
    """Cancel the account's pending change of email address."""
    db.session.execute(
        update(User)
        .where(User.id == user_id, User.pending_email.is_not(None))
        .values(pending_email=None, version=User.version + 1),
        execution_options=UNSYNCHRONIZED,
    )


def create_user(username: str, **values: Any) -> User:
    """Create an account from the arguments of `new_user`.

    Raises IntegrityError if the username or email address is taken.
    """
    user = new_user(username, **values)
    add_users([user])
    return user


def add_users(users: Sequence[User]) -> None:
    """Insert accounts. Raises IntegrityError if a username or email address is taken."""
    db.session.add_all(users)
    db.session.flush()


def new_user(
    username: str,
    *,
    email: str | None = None,
    password_hash: str | None = None,
    display_name: str | None = None,
    bio: str = "",
    website: str | None = None,
    image: dict[str, Any] | None = None,
    role: str = "author",
    imported: bool = False,
) -> User:
    """Return an account that is still to be added."""
    return User(
        username=username,
        username_key=fold(username),
        email=email,
        email_key=fold(email) if email else None,
        password_hash=password_hash,
        display_name=display_name or username,
        bio=bio,
        website=website,
        image=image,
        role=role,
        imported=imported,
    )


def find_username_keys(keys: Iterable[str]) -> set[str]:
    """Return those of the folded usernames that accounts have."""
    remaining = list(keys)
    found: set[str] = set()
    for start in range(0, len(remaining), BATCH):
        some = remaining[start : start + BATCH]
        found.update(db.session.scalars(select(User.username_key).where(User.username_key.in_(some))))
    return found


def update_user(user: User, changes: dict[str, Any]) -> None:
    """Update an account.

    Raises Conflict if it was erased or if no active admin would be left, ValidationError if the result of a merge patch
    is invalid, InvalidInput if the upload of the image is unknown.
    """
    if user.erased_at is not None:
        raise Conflict("This account was erased. It cannot be changed.")
    stays_admin = changes.get("role", user.role) == "admin" and changes.get("is_active", user.is_active)
    if not stays_admin:
        require_another_admin(user)
    keys = {f"{name}_key": fold(changes[name]) for name in ("username", "email") if name in changes}
    changes = merge_fields(_PROFILE, changes, user)
    patch(user, complete_image(changes, user.id, user.image) | keys)


def require_another_admin(user: User) -> None:
    """Raise Conflict if this is the last active admin."""
    if user.role != "admin" or not user.is_active:
        return
    # Locked in a fixed order, so that if two admins demote each other, the second one sees the first change.
    admins = select(User.id).where(User.role == "admin", User.is_active).order_by(User.id).with_for_update()
    if set(db.session.execute(admins).scalars()) <= {user.id}:
        raise Conflict("This is the last admin. Promote another user first.")
