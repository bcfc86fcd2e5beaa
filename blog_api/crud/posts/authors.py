"""The authors of posts: first the owner, then the co-authors in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

from sqlalchemy import bindparam, case, delete, exists, insert, or_, select, update
from sqlalchemy.orm import aliased, load_only

from blog_api.crud.changes.recording import record_users
from blog_api.crud.history.recording import Changed, group_by_members, record_former_states
from blog_api.crud.posts.versions import increment_versions, mark_modified
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.users import User
from blog_api.policies.posts import can_own_posts, can_set_co_authors, require_owner
from blog_api.policies.viewers import Viewer, require
from blog_api.problems import Conflict, Fault, InvalidInput

NOT_AN_OWNER = "This must be the id of an active user who may write posts."
AUTHOR_COLUMNS = load_only(User.username, User.display_name, User.role)


_OWNER = select(User).where(User.id == bindparam("owner_id")).options(AUTHOR_COLUMNS)


def get_owner(user_id: int) -> User:
    """Return the account of an author. Raises Conflict if it no longer exists."""
    user = db.session.scalars(_OWNER, {"owner_id": user_id}).one_or_none()
    if user is None:
        raise Conflict("The author's account no longer exists.")
    return user


def get_new_owner(user_id: int) -> User:
    """Return the user who is to own a post. Raises InvalidInput unless it is an active one who may write posts."""
    owner = db.session.get(User, user_id)
    if owner is None or not can_own_posts(owner):
        raise InvalidInput(faults=[Fault(NOT_AN_OWNER, "not_a_user", "/author_id")])
    return owner


def change_authors(
    post: Post, owner_id: int, co_author_ids: Sequence[int] | None, viewer: Viewer | None
) -> None:
    """Set the owner and, unless they are None, the co-authors of the post. A new owner is no longer a co-author.

    Raises the same exceptions as `set_co_authors`, `require_owner` and `get_new_owner`.
    """
    if owner_id == post.author_id:
        if co_author_ids is not None and co_author_ids != post.author_ids[1:]:
            set_co_authors(post, co_author_ids, viewer)
        return
    if viewer is not None:
        require_owner(viewer, post.author_id, owner_id)
    owner = get_owner(owner_id) if viewer is None else get_new_owner(owner_id)
    if co_author_ids is None:
        co_author_ids = [user_id for user_id in post.author_ids[1:] if user_id != owner_id]
    set_authors(post, [owner, *lock_co_authors(co_author_ids, owner_id)])


def set_co_authors(post: Post, user_ids: Sequence[int], viewer: Viewer | None) -> None:
    """Replace the co-authors of the post.

    Raises Forbidden if `viewer` may not do that, and the same exceptions as `lock_co_authors`.
    """
    if viewer is not None:
        require_co_authors(post, post.author_ids[1:], user_ids, viewer)
    set_authors(post, [post.author, *lock_co_authors(user_ids, post.author_id)])


def require_co_authors(post: Post, before: Sequence[int], after: Sequence[int], viewer: Viewer) -> None:
    """Raise Forbidden unless the viewer may change the co-authors of the post from `before` to `after`."""
    require(
        can_set_co_authors(viewer, post.author_id, post.status, before, after),
        "Only the owner and editors may set the co-authors of this post. You may remove yourself.",
    )


def existing_authors(post: Post, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changes without accounts that no longer exist, and without the owner among the co-authors."""
    named = [*changes.get("co_authors", ()), *([changes["author_id"]] if "author_id" in changes else [])]
    known = set(db.session.scalars(select(User.id).where(User.id.in_(named)))) if named else set()
    changes = {name: value for name, value in changes.items() if name != "author_id" or value in known}
    if "co_authors" in changes:
        others = known - {changes.get("author_id", post.author_id)}
        changes["co_authors"] = [user_id for user_id in changes["co_authors"] if user_id in others]
    return changes


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
    mark_modified(post)


def add_authors(authors: Mapping[int, Sequence[int]]) -> None:
    """Insert the authors of new posts, keyed by post id, in one statement."""
    rows = [
        {"post_id": post_id, "user_id": user_id, "position": position}
        for post_id, user_ids in authors.items()
        for position, user_id in enumerate(user_ids)
    ]
    if rows:
        db.session.execute(insert(PostAuthor), rows)


def leave_posts(user_id: int) -> Changed:
    """Increment the versions of all posts of an account that is about to be deleted, and so leaves their authors.

    Return the posts, for `record_revisions` after the deletion.
    """
    return _change_authored_posts(user_id)


def reassign_posts(owner_id: int, new_owner_id: int) -> Changed:
    """Transfer all posts of `owner_id` to `new_owner_id` before the account is deleted, like `leave_posts`.

    A post that the old owner creates concurrently is not transferred. The foreign key then prevents the deletion of
    the account.
    """
    # While they still have the posts, which decide whether the public knows them.
    record_users("user.updated", User.id.in_([owner_id, new_owner_id]))
    author = case((Post.author_id == owner_id, new_owner_id), else_=Post.author_id)
    changed = _change_authored_posts(owner_id, new_owner_id, author_id=author)
    owned = select(PostAuthor.post_id).where(PostAuthor.user_id == owner_id, PostAuthor.position == 0)
    owner = (PostAuthor.user_id == owner_id, PostAuthor.position == 0)
    for statement in (
        delete(PostAuthor).where(PostAuthor.post_id.in_(owned), PostAuthor.user_id == new_owner_id),
        update(PostAuthor).where(*owner).values(user_id=new_owner_id),
    ):
        db.session.execute(statement, execution_options=UNSYNCHRONIZED)
    return changed


def _change_authored_posts(user_id: int, new_owner_id: int | None = None, **values: Any) -> Changed:
    """Set `values` in all posts that the user wrote or co-wrote, and increment their versions."""
    authored = Post.id.in_(select(PostAuthor.post_id).where(PostAuthor.user_id == user_id))
    record_former_states(authored)
    locked = increment_versions(authored, **values)
    other = aliased(PostAuthor)
    also_wrote = exists().where(other.post_id == PostAuthor.post_id, other.user_id == new_owner_id)
    is_owner = PostAuthor.position == 0
    members = {"author_id": is_owner, "co_authors": or_(~is_owner, also_wrote)}
    rows = select(PostAuthor.post_id, *members.values()).where(PostAuthor.user_id == user_id)
    # Posts that were shared with the user since are not locked.
    return group_by_members(
        (tuple(compress(members, are_changed)), post_id)
        for post_id, *are_changed in db.session.execute(rows)
        if post_id in locked
    )
