"""Access rules for accounts."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, true

from blog_api.models.posts import PostAuthor
from blog_api.models.users import User
from blog_api.policies.posts import live_authored_posts
from blog_api.policies.viewers import Viewer, is_admin


def visible_accounts(*, is_public: bool) -> ColumnElement[bool]:
    """Select accounts that a viewer may see: all with a token, those with a published post (`is_public`) without."""
    published = select(PostAuthor.user_id).where(PostAuthor.user_id == User.id, live_authored_posts())
    return published.correlate(User).exists() if is_public else true()


def can_see_role(viewer: Viewer | None) -> bool:
    """Return whether the viewer may see the roles of others: everyone with a token."""
    return viewer is not None


def can_see_account(viewer: Viewer | None, user_id: int) -> bool:
    """Return whether the viewer may see the private fields of an account, such as its email address and state."""
    return viewer is not None and (is_admin(viewer) or viewer.id == user_id)


def can_delete_account(viewer: Viewer, user_id: int) -> bool:
    """Return whether the viewer may delete an account: their own, or any as an admin."""
    return is_admin(viewer) or viewer.id == user_id
