"""Access rules for uploads. Users manage their own uploads, editors all of them."""

from __future__ import annotations

from blog_api.policies.viewers import Viewer, has_role, require


def require_upload(viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer may upload pictures: authors, editors and admins."""
    require(has_role(viewer, "author"), "Only authors and editors may upload pictures.")
