"""Queries of the co-authors of posts: everybody who wrote one beside its owner, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select

from blog_api.database.session import db
from blog_api.models import PostAuthor, User
from blog_api.policies.posts import can_set_co_authors
from blog_api.policies.viewers import Viewer, require
from blog_api.problems import Fault, InvalidInput

post_authors, users = PostAuthor.__table__, User.__table__


def changed_co_authors(
    present: tuple[int, Sequence[int]], wanted: Sequence[int] | None, owner_id: int, viewer: Viewer | None
) -> list[dict[str, Any]] | None:
    """The co-authors, as they are shown, that a post of this owner from now on is to have; None where they stay as
    they are. `present` are its owner and its co-authors until now.

    Raises Forbidden where `viewer` may not say so, and what `check_co_authors` raises.
    """
    former_owner_id, co_author_ids = present
    if wanted is None or wanted == co_author_ids:
        return None
    if viewer is not None:
        allowed = can_set_co_authors(viewer, former_owner_id, co_author_ids, wanted)
        require(
            allowed, "Only its owner and editors may say who else wrote this post; you may leave it yourself."
        )
    return check_co_authors(wanted, owner_id)


# In one order, so that two who name the same do not wait for each other.
_HOLD = (
    select(users.c.id, users.c.username, users.c.display_name)
    .where(users.c.id.in_(bindparam("named", expanding=True)))
    .order_by(users.c.id)
    .with_for_update(read=True, key_share=True)
)


def check_co_authors(user_ids: Sequence[int], owner_id: int) -> list[dict[str, Any]]:
    """The accounts of the ids, each once, as they are shown; nobody deletes them until the transaction ends.

    Raises InvalidInput where one is of no account, or of the owner.
    """
    rows = db.session.execute(_HOLD, {"named": list(user_ids)}) if user_ids else ()
    known = {row.id: dict(row._mapping) for row in rows}
    known.pop(owner_id, None)
    faults = [
        Fault("This must be the id of a user other than the owner.", "not_a_user", f"/co_authors/{number}")
        for number, user_id in enumerate(user_ids)
        if user_id not in known
    ]
    if faults:
        raise InvalidInput(faults=faults)
    return [known[user_id] for user_id in dict.fromkeys(user_ids)]


def replace_co_authors(post_id: int, user_ids: Sequence[int]) -> None:
    """Make these the co-authors of the post. The database sees to its owner."""
    old = delete(post_authors).where(post_authors.c.post_id == post_id, post_authors.c.position > 0)
    db.session.execute(old)
    add_co_authors({post_id: user_ids})


def add_co_authors(co_authors: Mapping[int, Sequence[int]]) -> None:
    """Add co-authors to new posts, by the ids of these. One statement, none where there are none."""
    rows = [
        {"post_id": post_id, "user_id": user_id, "position": position}
        for post_id, user_ids in co_authors.items()
        for position, user_id in enumerate(user_ids, 1)
    ]
    if rows:
        db.session.execute(post_authors.insert(), rows)
