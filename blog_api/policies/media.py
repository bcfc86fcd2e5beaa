"""Access rules for uploads. Those who upload a picture manage it, and editors manage all."""

from __future__ import annotations

from blog_api.policies.viewers import Viewer, has_role, require


def require_upload(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer may upload pictures: authors, editors and admins."""
    require(has_role(viewer, "author"), "Only authors and editors may upload pictures.")
