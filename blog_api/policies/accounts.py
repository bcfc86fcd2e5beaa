"""Who may see and change accounts."""

from __future__ import annotations

from blog_api.policies.viewers import Viewer, is_admin


def can_see_account(viewer: Viewer | None, user_id: int) -> bool:
    """Whether they see the private part of an account: its address and state."""
    return viewer is not None and (is_admin(viewer) or viewer.id == user_id)


def can_delete_account(viewer: Viewer, user_id: int) -> bool:
    """People delete their own account, admins all."""
    return is_admin(viewer) or viewer.id == user_id
