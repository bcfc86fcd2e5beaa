"""Complete accounts from the rows of an export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import attributes

from blog_api.crud.media.images import complete_image
from blog_api.crud.rows import patch
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models.addresses import Username
from blog_api.models.users import User


def complete_account(user_id: int, values: Mapping[str, Any], former_usernames: Iterable[str]) -> None:
    """Set columns of a new account, and reserve those of its former usernames that are free."""
    user = db.session.scalars(select(User).where(User.id == user_id)).one()
    patch(user, values)
    reserve_usernames(former_usernames, user_id)


def reserve_usernames(keys: Iterable[str], user_id: int | None = None) -> None:
    """Reserve those of the usernames that are free, for an account or for none."""
    rows = [{"username_key": key, "user_id": user_id} for key in keys]
    if rows:
        db.session.execute(insert(Username).on_conflict_do_nothing(), rows)


def set_image(user_id: int, image: dict[str, Any]) -> None:
    """Set an upload as the image of an imported account that has none and that nobody can log in to.

    Keep `updated_at`.
    """
    user = db.session.scalars(select(User).where(User.id == user_id)).one()
    if user.imported and user.password_hash is None and user.image is None:
        # Otherwise the flush sets it.
        attributes.flag_modified(user, "updated_at")
        patch(user, complete_image({"image": image}, None))
