"""Queries for exporting accounts, and their comments, likes and follows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased

from blog_api.crud.exports.batches import read_all
from blog_api.database.functions import json_list
from blog_api.models.addresses import Username
from blog_api.models.comments import Comment
from blog_api.models.media import Media
from blog_api.models.posts import PostAuthor
from blog_api.models.reactions import Follow, Like
from blog_api.models.users import User
from blog_api.paging.pages import AnySelect

_FORMER_USERNAMES = json_list(
    select(Username.username_key)
    .where(Username.user_id == User.id, Username.username_key != User.username_key)
    .order_by(Username.username_key)
    .correlate(User)
)
# Without credentials and unconfirmed addresses.
_USERS: AnySelect = select(
    *(User.id, User.username, User.display_name, User.bio, User.website, User.image, User.email, User.role),
    *(User.is_active, User.erased_at, User.comment_mail, User.created_at, User.updated_at),
    _FORMER_USERNAMES.label("former_usernames"),
)
_AUTHORS = _USERS.where(
    or_(exists().where(PostAuthor.user_id == User.id), exists().where(Media.author_id == User.id))
)
# Former usernames of accounts that were anonymised. They stay reserved.
_RESERVED: AnySelect = select(Username.id, Username.username_key).where(Username.user_id.is_(None))
# Without the addresses of guests.
_COMMENTS: AnySelect = select(
    *(Comment.id, Comment.post_id, Comment.parent_id, Comment.depth, Comment.guest_name),
    User.username.label("author"),
    *(Comment.content, Comment.status, Comment.created_at, Comment.updated_at),
).outerjoin(User, User.id == Comment.user_id)
_LIKES: AnySelect = select(Like.post_id, Like.user_id, User.username, Like.created_at).join(
    User, User.id == Like.user_id
)
_author = aliased(User)
_FOLLOWS: AnySelect = (
    select(
        *(Follow.follower_id, Follow.author_id, User.username.label("follower")),
        *(_author.username.label("author"), Follow.created_at),
    )
    .join(User, User.id == Follow.follower_id)
    .join(_author, _author.id == Follow.author_id)
)


def read_users(*, only_authors: bool = False) -> Iterator[dict[str, Any]]:
    """Yield all accounts, or only those that have posts or uploads."""
    return read_all(_AUTHORS if only_authors else _USERS, User.id)


def read_reserved_usernames() -> Iterator[dict[str, Any]]:
    """Yield the former usernames that no longer belong to an account."""
    return read_all(_RESERVED, Username.id)


def read_comments() -> Iterator[dict[str, Any]]:
    """Yield all comments, post by post, parents before their replies."""
    return read_all(_COMMENTS, Comment.post_id, Comment.depth, Comment.id)


def read_likes() -> Iterator[dict[str, Any]]:
    """Yield all likes, post by post."""
    return read_all(_LIKES, Like.post_id, Like.user_id)


def read_follows() -> Iterator[dict[str, Any]]:
    """Yield all follows."""
    return read_all(_FOLLOWS, Follow.follower_id, Follow.author_id)
