"""Who is asking, and what their role or token allows in general."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from blog_api.problems import Forbidden

ROLES = ("reader", "author", "editor", "admin")


class Audience(Enum):
    """Who is asking, as far as it changes what a condition says."""

    EVERYONE = "everyone"
    MEMBERS = "members"
    EDITORS = "editors"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who is asking. Nobody (an anonymous request) is None."""

    id: int
    username: str
    role: str
    # 0 where it is an API token that asks.
    session_id: int
    # What that token is for; None for a session, which is for everything.
    scopes: tuple[str, ...] | None = None


def is_api_token(viewer: Viewer) -> bool:
    """Whether a script asks for them."""
    return viewer.scopes is not None


def can_write(viewer: Viewer) -> bool:
    """Whether they may change anything at all: not by an API token that is for reading."""
    return viewer.scopes is None or "write" in viewer.scopes


def is_editor(viewer: Viewer | None) -> bool:
    """Whether they may change what others wrote."""
    return viewer is not None and viewer.role in ("editor", "admin")


def is_admin(viewer: Viewer | None) -> bool:
    """Whether they may change accounts."""
    return viewer is not None and viewer.role == "admin"


def require(allowed: bool, detail: str) -> None:
    """Raise Forbidden with `detail` unless `allowed`."""
    if not allowed:
        raise Forbidden(detail)


def audience_of(viewer: Viewer | None) -> Audience:
    """Which condition holds for them; its values come from `parameters_of`."""
    if is_editor(viewer):
        return Audience.EDITORS
    return Audience.EVERYONE if viewer is None else Audience.MEMBERS
