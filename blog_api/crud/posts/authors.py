"""The authors of posts: first the owner, then the co-authors in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.orm import attributes, load_only

from blog_api.crud.changes.recording import record_users
from blog_api.crud.posts.versions import increment_versions
from blog_api.database.session import db
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.users import User
from blog_api.policies.posts import can_set_co_authors
from blog_api.policies.viewers import Viewer, require
from blog_api.problems import Fault, InvalidInput

AUTHOR_COLUMNS = load_only(User.username, User.display_name)


def set_co_authors(post: Post, user_ids: Sequence[int], viewer: Viewer | None) -> None:
    """Replace the co-authors of the post.

    Raises Forbidden if `viewer` may not do that, and the same exceptions as `lock_co_authors`.
    """
    if viewer is not None:
        allowed = can_set_co_authors(viewer, post.author_id, post.status, post.author_ids[1:], user_ids)
        require(
            allowed,
            "Only the owner and editors may set the co-authors of this post. You may remove yourself.",
        )
    set_authors(post, [post.author, *lock_co_authors(user_ids, post.author_id)])


def lock_co_authors(user_ids: Sequence[int], owner_id: int) -> list[User]:
    """Return the users with these ids, without duplicates. Lock their accounts so that none is deleted.

    Raises InvalidInput if an id is unknown or is the owner's.
    """
    if not user_ids:
        return []
    # In a fixed order, so that concurrent requests with the same users do not deadlock.
    statement = select(User).where(User.id.in_(user_ids)).order_by(User.id).options(AUTHOR_COLUMNS)
    fresh = {"populate_existing": True}
    users = db.session.scalars(statement.with_for_update(read=True, key_share=True), execution_options=fresh)
    known = {user.id: user for user in users if user.id != owner_id}
    faults = [
        Fault("This must be the id of a user other than the owner.", "not_a_user", f"/co_authors/{number}")
        for number, user_id in enumerate(user_ids)
        if user_id not in known
    ]
    if faults:
        raise InvalidInput(faults=faults)
    return [known[user_id] for user_id in dict.fromkeys(user_ids)]


def set_authors(post: Post, users: Sequence[User]) -> None:
    """Set the authors of the post, the owner first, and increment its version."""
    links = {link.user_id: link for link in post.author_links}
    post.author_links[:] = [links.get(user.id) or PostAuthor(user=user) for user in users]
    post.author_links.reorder()  # type: ignore[attr-defined]
    post.author = users[0]
    # Put a column into the UPDATE, so that a change of the co-authors alone increments the version.
    attributes.flag_modified(post, "author_id")


def add_authors(authors: Mapping[int, Sequence[int]]) -> None:
    """Insert the authors of new posts, keyed by post id, in one statement."""
    rows = [
        {"post_id": post_id, "user_id": user_id, "position": position}
        for post_id, user_ids in authors.items()
        for position, user_id in enumerate(user_ids)
    ]
    if rows:
        db.session.execute(insert(PostAuthor), rows)


def reassign_posts(owner_id: int, new_owner_id: int) -> None:
    """Transfer all posts of `owner_id` to `new_owner_id`, and remove `owner_id` as co-author. Increments the versions.

    A post that the old owner creates concurrently is not transferred. The foreign key then prevents the deletion of
    the account.
    """
    authored = select(PostAuthor.post_id).where(PostAuthor.user_id == owner_id)
    # While they still have the posts, which decide whether the public knows them.
    record_users("user.updated", User.id.in_([owner_id, new_owner_id]))
    author = case((Post.author_id == owner_id, new_owner_id), else_=Post.author_id)
    increment_versions(Post.id.in_(authored), author_id=author)
    owned = authored.where(PostAuthor.position == 0)
    owner = (PostAuthor.user_id == owner_id, PostAuthor.position == 0)
    for statement in (
        delete(PostAuthor).where(PostAuthor.post_id.in_(owned), PostAuthor.user_id == new_owner_id),
        update(PostAuthor).where(*owner).values(user_id=new_owner_id),
    ):
        db.session.execute(statement, execution_options={"synchronize_session": False})
