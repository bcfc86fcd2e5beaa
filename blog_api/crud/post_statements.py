"""The SELECTs of posts: each is built once, and then only gets other values. Nothing here runs them.

Every one starts from a condition of policies.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, bindparam, cast, func, literal, not_, or_, select, true

from blog_api.crud.post_search import FOUND
from blog_api.models import Post, Tag, User, post_tags
from blog_api.pagination import AnySelect
from blog_api.policies import (
    Audience,
    listed_posts,
    listed_trash,
    live_tagged_posts,
    shown_status,
    visible_posts,
)
from blog_api.sql import Json, JsonArray, JsonObject, Position
from blog_api.text.search import MAX_SEARCHED

# Tables, not models: reading selects rows, which are a third of the price of entities.
posts, users, tags = Post.__table__, User.__table__, Tag.__table__

_AUTHOR = select(JsonObject(users.c.id, users.c.username, users.c.display_name))
_TAGS = (
    select(tags.c.id, tags.c.name, tags.c.slug)
    .join(post_tags, tags.c.id == post_tags.c.tag_id)
    .where(post_tags.c.post_id == posts.c.id)
    .order_by(tags.c.name_key)
    .correlate(posts)
    .subquery()
)
_same = posts.alias()

# Which member of a post is which column, in the order in which they are shown. What is in other tables comes as JSON
# in the same row: a join would also be made for the rows that an offset skips.
FIELDS: dict[str, ColumnElement[Any]] = {
    "id": posts.c.id,
    "slug": posts.c.slug,
    "title": posts.c.title,
    "summary": posts.c.summary,
    "content": posts.c.content,
    "status": shown_status(),
    "published_at": posts.c.published_at,
    "created_at": posts.c.created_at,
    "updated_at": posts.c.updated_at,
    "author": cast(_AUTHOR.where(users.c.id == posts.c.author_id).scalar_subquery(), Json),
    "tags": cast(select(JsonArray(JsonObject(*_TAGS.c))).scalar_subquery(), Json),
    # What the excerpt is made of. Looked up, since the contents of all that is found would be read to sort them.
    "excerpt": select(_same.c.summary + "\n\n" + func.substr(_same.c.content, 1, MAX_SEARCHED))
    .where(_same.c.id == posts.c.id)
    .scalar_subquery(),
}
ALL_FIELDS = frozenset(FIELDS) - {"excerpt"}
LIST_FIELDS = ALL_FIELDS - {"content"}
SEARCH_FIELDS = LIST_FIELDS | {"excerpt"}

# Where a post without a time stands in a list sorted by it.
_NEVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
# The first of the tags that a post must have is joined; the others are looked up.
FIRST_TAG = "tag_0"
# The search is joined too.
SEARCH = "q"


def _select_posts(fields: frozenset[str]) -> AnySelect:
    return select(*(column.label(name) for name, column in FIELDS.items() if name in fields))


class ListForm(NamedTuple):
    """What of a list decides the text of its statement; the rest are parameters."""

    audience: Audience
    status: str | None
    sort: str
    fields: frozenset[str]
    filters: tuple[str, ...]
    trashed: bool = False


@lru_cache(maxsize=512)
def list_statement(form: ListForm) -> AnySelect:
    """The list of this form. Its parameters are those of policies.py, and those of its filters by their names."""
    key: Any = FOUND.c.rank if form.sort == "relevance" else posts.c[form.sort]
    statement = _select_posts(form.fields)
    listed = listed_trash if form.trashed else listed_posts
    conditions = [listed(form.audience, form.status)]
    conditions += [_condition(name) for name in form.filters if name != SEARCH]
    if SEARCH in form.filters:
        statement = statement.join(FOUND, FOUND.c.id == posts.c.id)
    if FIRST_TAG in form.filters:
        statement = statement.join(post_tags, post_tags.c.post_id == posts.c.id)
    live = form.status in (None, "published") and not form.trashed
    if form.sort == "published_at" and live and FIRST_TAG in form.filters:
        # The same posts in the same order, from the index that has those of one tag in it.
        key = post_tags.c.published_at
        conditions.append(live_tagged_posts())
    elif form.sort == "published_at" and not live and form.status != "scheduled":
        key = func.coalesce(key, literal(_NEVER, key.type))
    return statement.add_columns(posts.c.id.label("row_id"), key.label("sort_key")).where(*conditions)


def _condition(name: str) -> ColumnElement[bool]:
    """The condition of a filter, whose value is the parameter of its name."""
    value: BindParameter[Any] = bindparam(name, expanding=name in _SEVERAL)
    if name == FIRST_TAG:
        return post_tags.c.tag_id == select(tags.c.id).where(tags.c.slug == value).scalar_subquery()
    if name.startswith("tag_"):
        return _tagged(tags.c.slug == value)
    return _CONDITIONS[name](value)


def _tagged(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    tagged = select(post_tags.c.post_id).join(tags, tags.c.id == post_tags.c.tag_id)
    return posts.c.id.in_(tagged.where(condition))


def _written_by(several: BindParameter[Any]) -> ColumnElement[bool]:
    keys: BindParameter[Any] = bindparam("author_keys", expanding=True)
    named = select(users.c.id).where(or_(users.c.id.in_(several), users.c.username_key.in_(keys)))
    return posts.c.author_id.in_(named)


_OF_POST = select(post_tags.c.tag_id).where(post_tags.c.post_id == posts.c.id).correlate(posts)
_SEVERAL = ("any_tag", "without_tag", "author_ids", "author_keys")
_CONDITIONS: dict[str, Callable[[BindParameter[Any]], ColumnElement[bool]]] = {
    "any_tag": lambda slugs: _tagged(tags.c.slug.in_(slugs)),
    "without_tag": lambda slugs: not_(
        _OF_POST.join(tags, tags.c.id == post_tags.c.tag_id).where(tags.c.slug.in_(slugs)).exists()
    ),
    "has_tags": lambda wanted: _OF_POST.exists() == wanted,
    "author_id": lambda author_id: posts.c.author_id == author_id,
    "author_key": lambda key: (
        posts.c.author_id == select(users.c.id).where(users.c.username_key == key).scalar_subquery()
    ),
    "author_ids": _written_by,
    # The condition of author_ids has both.
    "author_keys": lambda _: true(),
    "published_after": lambda time: posts.c.published_at >= time,
    "published_before": lambda time: posts.c.published_at < time,
    "updated_after": lambda time: posts.c.updated_at >= time,
    # By its collation, lower() changes A to Z alone, as SQLite does.
    "title_contains": lambda part: Position(func.lower(posts.c.title), part) > 0,
}


@lru_cache
def post_statement(audience: Audience, column: str, *, many: bool = False) -> AnySelect:
    """The post whose `column` is the parameter `wanted`, or `many` posts whose is one of those."""
    wanted: BindParameter[Any] = bindparam("wanted", expanding=many)
    named = posts.c[column].in_(wanted) if many else posts.c[column] == wanted
    return _select_posts(ALL_FIELDS).add_columns(posts.c.version).where(named, visible_posts(audience))
