"""The tables of an export as JSON lines. Rows name accounts, and refer to posts by the number of their line."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from blog_api.crud.exports import accounts as crud
from blog_api.services.exporting.history import revisions, working_copies
from blog_api.services.exporting.posts import Row, line_of, times_of, with_images

_TIMES = ("created_at", "updated_at")
_OF_USERS = (
    *("username", "display_name", "bio", "website", "image", "email", "role", "is_active", "comment_mail"),
    "former_usernames",
)


def tables(posts: Iterable[tuple[int, Row]]) -> Iterator[tuple[str, str, Iterable[Row]]]:
    """Yield the tables of accounts, posts, what readers have added to them, and their history."""
    # Eight bytes for each post.
    ids = array("q")
    yield "users", "users.ndjson", map(_user, with_images(crud.read_users()))
    reserved = ({"username": row["username_key"]} for row in crud.read_reserved_usernames())
    yield "reserved_usernames", "reserved_usernames.ndjson", reserved
    yield "posts", "posts.ndjson", _posts(posts, ids)
    yield "comments", "comments.ndjson", _comments(ids)
    yield "likes", "likes.ndjson", (_like(row, ids) for row in crud.read_likes())
    yield "follows", "follows.ndjson", map(_follow, crud.read_follows())
    yield "revisions", "revisions.ndjson", revisions(ids)
    yield "working_copies", "working_copies.ndjson", working_copies(ids)


def _posts(posts: Iterable[tuple[int, Row]], ids: array[int]) -> Iterator[Row]:
    for post_id, post in posts:
        ids.append(post_id)
        yield post


def _user(row: Row) -> Row:
    return {name: row[name] for name in _OF_USERS} | times_of(row, (*_TIMES, "erased_at"))


def _comments(ids: array[int]) -> Iterator[Row]:
    lines: dict[int, int] = {}
    post_id = 0
    for line, row in enumerate(crud.read_comments(), 1):
        if row["post_id"] != post_id:
            # Replies are on the same post.
            post_id, lines = row["post_id"], {}
        lines[row["id"]] = line
        values = {name: row[name] for name in ("author", "guest_name", "content", "status")}
        places = {"post": line_of(post_id, ids), "parent": lines.get(row["parent_id"])}
        yield places | values | times_of(row, _TIMES)


def _like(row: Row, ids: array[int]) -> Row:
    return {"post": line_of(row["post_id"], ids), "user": row["username"]} | times_of(row, ("created_at",))


def _follow(row: Row) -> Row:
    return {"follower": row["follower"], "author": row["author"]} | times_of(row, ("created_at",))
