"""Queries for likes and follows."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Delete, and_, bindparam, delete, or_, select
from sqlalchemy.orm import aliased

from blog_api.crud.activity import count_activity, subtract_likes
from blog_api.crud.posts.members import MISSING
from blog_api.crud.rows import read_one
from blog_api.database.dialects import insert
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.posts import Post
from blog_api.models.reactions import Follow, Like
from blog_api.models.users import User
from blog_api.paging.pages import AnySelect
from blog_api.policies.posts import parameters_of, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of

# An account that was erased after the request was authenticated can neither like nor follow.
_IS_VIEWER = and_(User.id == bindparam("viewer_id", type_=User.id.type), User.is_active)
_other = aliased(User)
_USER_AND_VIEWER: AnySelect = (
    select(_other.id)
    .where(_other.id == bindparam("user_id"))
    .join(User, _IS_VIEWER)
    .with_for_update(read=True, key_share=True)
)


def like_post(post_id: int, viewer: Viewer) -> None:
    """Like a post as the viewer, unless they like it already. Raises NotFound if they may not see it."""
    _lock_post(post_id, viewer)
    like = insert(Like).values(post_id=post_id, user_id=viewer.id).on_conflict_do_nothing()
    if db.session.execute(like.returning(Like.post_id)).one_or_none() is not None:
        count_activity(post_id, likes=1)


def unlike_post(post_id: int, viewer: Viewer) -> None:
    """Remove the viewer's like of a post, if there is one. Raises NotFound if they may not see the post."""
    _lock_post(post_id, viewer)
    like = delete(Like).where(Like.post_id == post_id, Like.user_id == viewer.id).returning(Like.post_id)
    if db.session.execute(like, execution_options=UNSYNCHRONIZED).one_or_none() is not None:
        count_activity(post_id, likes=-1)


def follow_user(user_id: int, viewer: Viewer) -> None:
    """Follow a user as the viewer, unless they follow them already. Raises NotFound."""
    _lock_user(user_id, viewer)
    follow = insert(Follow).values(follower_id=viewer.id, author_id=user_id)
    db.session.execute(follow.on_conflict_do_nothing())


def unfollow_user(user_id: int, viewer: Viewer) -> None:
    """Stop following a user as the viewer. Raises NotFound."""
    _lock_user(user_id, viewer)
    _delete(delete(Follow).where(Follow.follower_id == viewer.id, Follow.author_id == user_id))


def delete_reactions(user_id: int) -> None:
    """Delete the likes, follows and followers of an account that is about to be deleted or erased."""
    # Wait for its likes and follows in progress. Later ones wait for this, and then find no active account.
    db.session.execute(select(User.id).where(User.id == user_id).with_for_update())
    subtract_likes(select(Like.post_id).where(Like.user_id == user_id))
    _delete(delete(Like).where(Like.user_id == user_id))
    _delete(delete(Follow).where(or_(Follow.follower_id == user_id, Follow.author_id == user_id)))


def _delete(statement: Delete) -> None:
    db.session.execute(statement, execution_options=UNSYNCHRONIZED)


def _lock_post(post_id: int, viewer: Viewer) -> None:
    """Keep a post and the viewer's account from being deleted until the commit. Other writes do not wait for this."""
    parameters = parameters_of(viewer) | {"post_id": post_id}
    read_one(_post_and_viewer(audience_of(viewer)), parameters, MISSING)


@lru_cache
def _post_and_viewer(audience: Audience) -> AnySelect:
    visible = select(Post.id).where(Post.id == bindparam("post_id"), visible_posts(audience))
    return visible.join(User, _IS_VIEWER).with_for_update(read=True, key_share=True)


def _lock_user(user_id: int, viewer: Viewer) -> None:
    """Keep a user and the viewer's account from being deleted, like `_lock_post`."""
    parameters = parameters_of(viewer) | {"user_id": user_id}
    read_one(_USER_AND_VIEWER, parameters, "There is no user with this id.")
