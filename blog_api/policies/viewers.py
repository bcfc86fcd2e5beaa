"""The viewer of a request, and what their role or token allows in general."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from blog_api.problems import Forbidden

# Each role may do everything that those before it may do.
ROLES = ("reader", "contributor", "author", "editor", "admin")
EDITORS = ("editor", "admin")


class Audience(Enum):
    """The kind of viewer, as far as it changes the SQL of a condition."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    EDITORS = "editors"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The authenticated user of a request. Anonymous requests have None instead."""

    id: int
    username: str
    role: str
    # 0 for requests with an API token.
    session_id: int
    # The scopes of the API token; None for a session, which is unrestricted.
    scopes: tuple[str, ...] | None = None


def is_api_token(viewer: Viewer) -> bool:
    """Return whether the request was made with an API token."""
    return viewer.scopes is not None


def can_write(viewer: Viewer) -> bool:
    """Return whether the request may change anything. Read-only API tokens may not."""
    return viewer.scopes is None or "write" in viewer.scopes


def is_editor(viewer: Viewer | None) -> bool:
    """Return whether the viewer is an editor or admin, who may edit the posts of others."""
    return viewer is not None and viewer.role in EDITORS


def is_admin(viewer: Viewer | None) -> bool:
    """Return whether the viewer is an admin, who may change accounts."""
    return viewer is not None and viewer.role == "admin"


def has_role(viewer: Viewer, role: str) -> bool:
    """Return whether the viewer has this role, or one that allows more."""
    return ROLES.index(viewer.role) >= ROLES.index(role)


def require(allowed: bool, detail: str) -> None:
    """Raise Forbidden with `detail` unless `allowed`."""
    if not allowed:
        raise Forbidden(detail)


def audience_of(viewer: Viewer | None) -> Audience:
    """Return the audience that a viewer belongs to. It selects the conditions; `parameters_of` has their values."""
    if is_editor(viewer):
        return Audience.EDITORS
    return Audience.EVERYONE if viewer is None else Audience.MEMBERS
