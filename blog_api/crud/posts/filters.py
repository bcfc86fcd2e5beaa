"""The filters of post lists as SQL conditions. Each value is a bind parameter named after its filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    and_,
    bindparam,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from blog_api.database.functions import Position
from blog_api.models.addresses import TagSlug
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.users import User
from blog_api.paging.cursors import MAX_INTEGER
from blog_api.policies.changes import changed_posts
from blog_api.text.folding import fold

Value = BindParameter[Any]

_TAGS_OF_POST = select(post_tags.c.tag_id).where(post_tags.c.post_id == Post.id).correlate(Post)
_LIST_VALUED = ("id", "any_tag", "without_tag", "author_ids", "author_keys")


def has_tag(slug: Value) -> ColumnElement[bool]:
    """Return the ON clause that joins post_tags for one tag."""
    tag_id = select(TagSlug.tag_id).where(TagSlug.slug == slug).scalar_subquery()
    return and_(post_tags.c.post_id == Post.id, post_tags.c.tag_id == tag_id)


def _written_by(user_id: Any) -> ColumnElement[bool]:
    return and_(PostAuthor.post_id == Post.id, PostAuthor.user_id == user_id)


# Filters by one author, which join post_authors.
ONE_AUTHOR: dict[str, Callable[[Value], ColumnElement[bool]]] = {
    "author_id": _written_by,
    "author_key": lambda key: _written_by(select(User.id).where(User.username_key == key).scalar_subquery()),
}


def of_kind(kind: str) -> ColumnElement[bool]:
    """Select posts or pages. A literal, so that both planners can match the partial index."""
    return Post.kind == literal_column(f"'{kind}'")


def featured_posts() -> ColumnElement[bool]:
    """Select featured posts. A literal, like the kind."""
    return Post.featured == true()


def split_authors(authors: Iterable[str]) -> tuple[list[int], list[str]]:
    """Return the ids and the keys of the usernames in the values of an `author` filter."""
    names = list(authors)
    ids = [min(int(name), MAX_INTEGER) for name in names if name.isdigit()]
    return ids, [fold(name) for name in names if not name.isdigit()]


def condition(name: str) -> ColumnElement[bool]:
    """Return the condition for a filter."""
    value: Value = bindparam(name, expanding=name in _LIST_VALUED)
    return _tagged(TagSlug.slug == value) if name.startswith("tag_") else _CONDITIONS[name](value)


def _tagged(tag: ColumnElement[bool]) -> ColumnElement[bool]:
    tagged = select(post_tags.c.post_id).join(TagSlug, TagSlug.tag_id == post_tags.c.tag_id)
    return Post.id.in_(tagged.where(tag))


def _written_by_any(ids: Value) -> ColumnElement[bool]:
    keys: Value = bindparam("author_keys", expanding=True)
    users = select(User.id).where(or_(User.id.in_(ids), User.username_key.in_(keys)))
    return Post.id.in_(select(PostAuthor.post_id).where(PostAuthor.user_id.in_(users)))


_CONDITIONS: dict[str, Callable[[Value], ColumnElement[bool]]] = {
    "id": Post.id.in_,
    "language": lambda tag: Post.language == tag,
    "any_tag": lambda slugs: _tagged(TagSlug.slug.in_(slugs)),
    "without_tag": lambda slugs: not_(
        _TAGS_OF_POST.join(TagSlug, TagSlug.tag_id == post_tags.c.tag_id)
        .where(TagSlug.slug.in_(slugs))
        .exists()
    ),
    "has_tags": lambda value: _TAGS_OF_POST.exists() == value,
    "author_ids": _written_by_any,
    # The condition for author_ids covers both.
    "author_keys": lambda _: true(),
    "published_after": lambda time: Post.published_at >= time,
    "published_before": lambda time: Post.published_at < time,
    "changed_after": changed_posts,
    "updated_after": changed_posts,
    # With the C collation of titles, lower() folds only A to Z, as in SQLite.
    "title_contains": lambda part: Position(func.lower(Post.title), part) > 0,
}
