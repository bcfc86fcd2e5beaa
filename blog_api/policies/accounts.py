"""Access rules for accounts."""

from __future__ import annotations

from blog_api.policies.viewers import Viewer, is_admin


def can_see_account(viewer: Viewer | None, user_id: int) -> bool:
    """Return whether the viewer may see the private fields of an account, such as its email address and state."""
    return viewer is not None and (is_admin(viewer) or viewer.id == user_id)


def can_delete_account(viewer: Viewer, user_id: int) -> bool:
    """Return whether the viewer may delete an account: their own, or any as an admin."""
    return is_admin(viewer) or viewer.id == user_id
