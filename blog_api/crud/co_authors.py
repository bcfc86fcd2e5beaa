"""Queries of the co-authors of posts: everybody who wrote one beside its owner, in their order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from blog_api.database import db
from blog_api.models import Post, PostAuthor, User
from blog_api.policies import Viewer, can_set_co_authors, require
from blog_api.problems import Fault, InvalidInput

post_authors = PostAuthor.__table__


def ids_of_co_authors(post: Post) -> list[int]:
    """The co-authors of a post whose authorships are loaded, in their order."""
    return [author.user_id for author in post.authorships if author.position > 0]


def changed_co_authors(
    post: Post, wanted: Sequence[int] | None, owner_id: int, viewer: Viewer | None
) -> list[int] | None:
    """The co-authors that the post, of this owner from now on, is to have; None where they stay as they are.

    Raises Forbidden where `viewer` may not say so, and what `check_co_authors` raises.
    """
    present = ids_of_co_authors(post)
    if wanted is None or wanted == present:
        return None
    if viewer is not None:
        allowed = can_set_co_authors(viewer, post.author_id, present, wanted)
        require(
            allowed, "Only its owner and editors may say who else wrote this post; you may leave it yourself."
        )
    return check_co_authors(wanted, owner_id)


def check_co_authors(user_ids: Sequence[int], owner_id: int) -> list[int]:
    """The ids, each once, of accounts that nobody deletes until the transaction ends.

    Raises InvalidInput where one is of no account, or of the owner.
    """
    # In one order, so that two who name the same do not wait for each other.
    held = select(User.id).where(User.id.in_(user_ids)).order_by(User.id)
    known = set(db.session.execute(held.with_for_update(read=True, key_share=True)).scalars()) - {owner_id}
    faults = [
        Fault("This must be the id of a user other than the owner.", "not_a_user", f"/co_authors/{number}")
        for number, user_id in enumerate(user_ids)
        if user_id not in known
    ]
    if faults:
        raise InvalidInput(faults=faults)
    return list(dict.fromkeys(user_ids))


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
