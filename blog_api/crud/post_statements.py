"""The SELECTs of posts: each is built once, and then only gets other values. Nothing here runs them.

Every one starts from a condition of policies/posts.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Text,
    and_,
    bindparam,
    cast,
    func,
    not_,
    or_,
    select,
    true,
    type_coerce,
)

from blog_api.crud.post_search import FOUND
from blog_api.database.functions import Json, JsonArray, JsonObject, JsonText, Position
from blog_api.models import PUBLISHED_OR_NEVER, Post, PostAuthor, Tag, User, post_tags
from blog_api.paging.pages import AnySelect, Listing
from blog_api.policies.posts import (
    listed_posts,
    listed_trash,
    live_authored_posts,
    live_tagged_posts,
    own_authorships,
    own_posts,
    shown_status,
    visible_posts,
)
from blog_api.policies.viewers import Audience
from blog_api.text.search import MAX_SEARCHED

# Tables, not models: reading selects rows, which are a third of the price of entities.
posts, users, tags = Post.__table__, User.__table__, Tag.__table__
post_authors = PostAuthor.__table__


def _shown(rows: AnySelect) -> ColumnElement[Any]:
    """The row that belongs to a post, as one column of it."""
    return cast(select(JsonObject(rows.correlate(posts).subquery("shown"))).scalar_subquery(), Json)


def _listed(rows: AnySelect) -> ColumnElement[Any]:
    """The rows that belong to a post, in their order, as one column of it."""
    listed = JsonArray(JsonObject(rows.correlate(posts).subquery("listed")))
    return cast(select(listed).scalar_subquery(), Json)


_AUTHOR = _shown(
    select(users.c.id, users.c.username, users.c.display_name).where(users.c.id == posts.c.author_id)
)
_AUTHORS = _listed(
    select(users.c.id, users.c.username, users.c.display_name)
    .join(post_authors, users.c.id == post_authors.c.user_id)
    .where(post_authors.c.post_id == posts.c.id)
    .order_by(post_authors.c.position)
)
_TAGS = _listed(
    select(tags.c.id, tags.c.name, tags.c.slug)
    .join(post_tags, tags.c.id == post_tags.c.tag_id)
    .where(post_tags.c.post_id == posts.c.id)
    .order_by(tags.c.name_key)
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
    "author": _AUTHOR,
    "authors": _AUTHORS,
    "tags": _TAGS,
    # What the excerpt is made of. Looked up, since the contents of all that is found would be read to sort them.
    "excerpt": select(_same.c.summary + "\n\n" + func.substr(_same.c.content, 1, MAX_SEARCHED))
    .where(_same.c.id == posts.c.id)
    .scalar_subquery(),
}
ALL_FIELDS = frozenset(FIELDS) - {"excerpt"}
LIST_FIELDS = ALL_FIELDS - {"content"}
SEARCH_FIELDS = LIST_FIELDS | {"excerpt"}

# What is joined: the first of the tags that a post must have, the search, and who has written one's own posts.
FIRST_TAG, SEARCH, OWN = "tag_0", "q", "own"


def _columns(fields: frozenset[str]) -> list[ColumnElement[Any]]:
    return [column.label(name) for name, column in FIELDS.items() if name in fields]


def _as_json(fields: frozenset[str]) -> ColumnElement[Any]:
    """These members of a post as one JSON text: the database writes it in a fraction of the time that it takes to make
    objects of Python of so many values, and JSON of these. It is for sending as it is, unless it has an excerpt."""
    return type_coerce(JsonText(*_columns(fields)), Text if "excerpt" in fields else Json).label("json")


class ListForm(NamedTuple):
    """What of a list decides the text of its statement; the rest are parameters."""

    audience: Audience
    status: str | None
    sort: str
    fields: frozenset[str]
    filters: tuple[str, ...]
    trashed: bool = False

    @property
    def live(self) -> bool:
        """Whether it holds what everybody may see, and nothing else."""
        return self.status in (None, "published") and not self.trashed


@lru_cache(maxsize=512)
def listing_of(form: ListForm) -> Listing:
    """The list of this form. Its parameters are those of policies/posts.py, and those of its filters by their names."""
    joins = _joins(form)
    own = own_authorships if OWN in joins else own_posts
    listed = listed_trash if form.trashed else partial(listed_posts, own=own)
    key, in_order = _sort_key(form, [table for table, _ in joins.values()])
    conditions = [_condition(name) for name in form.filters if name not in joins]
    source: FromClause = posts
    for table, condition in joins.values():
        source = source.join(table, condition)
    shown = [_as_json(form.fields)] if form.fields else []
    rows = select(*shown, posts.c.id.label("row_id"), key.label("sort_key")).select_from(source)
    return Listing(rows, (listed(form.audience, form.status), *conditions, *in_order))


def _joins(form: ListForm) -> dict[str, tuple[FromClause, ColumnElement[bool]]]:
    """The tables that are joined, each under the name of what it answers."""
    joins: dict[str, tuple[FromClause, ColumnElement[bool]]] = {}
    if SEARCH in form.filters:
        joins[SEARCH] = FOUND, FOUND.c.id == posts.c.id
    if FIRST_TAG in form.filters:
        tag_id = select(tags.c.id).where(tags.c.slug == bindparam(FIRST_TAG)).scalar_subquery()
        joins[FIRST_TAG] = post_tags, and_(post_tags.c.post_id == posts.c.id, post_tags.c.tag_id == tag_id)
    written = post_authors.c.post_id == posts.c.id
    one_author = next((name for name in form.filters if name in _ONE_AUTHOR), None)
    if one_author:
        user_id = _ONE_AUTHOR[one_author](bindparam(one_author))
        joins[one_author] = post_authors, and_(written, post_authors.c.user_id == user_id)
    elif form.audience is Audience.MEMBERS and not form.live and not form.trashed:
        # Their own posts are those of one author too.
        joins[OWN] = post_authors, written
    return joins


def _sort_key(
    form: ListForm, joined: list[FromClause]
) -> tuple[ColumnElement[Any], list[ColumnElement[bool]]]:
    """What the list is sorted by, with the condition of the index that has it in this order."""
    if form.sort == "relevance":
        return FOUND.c.rank, []
    # The same posts in the same order, from the index that has those of one tag, or of one author, in it.
    if form.sort == "published_at" and form.live and post_tags in joined:
        return post_tags.c.published_at, [live_tagged_posts()]
    if form.sort == "published_at" and form.live and post_authors in joined:
        return post_authors.c.published_at, [live_authored_posts()]
    if form.sort == "created_at" and post_authors in joined:
        return post_authors.c.created_at, []
    key: ColumnElement[Any] = posts.c[form.sort]
    if form.sort == "published_at" and not form.live and form.status != "scheduled":
        return PUBLISHED_OR_NEVER, []
    return key, []


def _condition(name: str) -> ColumnElement[bool]:
    """The condition of a filter, whose value is the parameter of its name."""
    value: BindParameter[Any] = bindparam(name, expanding=name in _SEVERAL)
    if name.startswith("tag_"):
        return _tagged(tags.c.slug == value)
    return _CONDITIONS[name](value)


def _tagged(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    tagged = select(post_tags.c.post_id).join(tags, tags.c.id == post_tags.c.tag_id)
    return posts.c.id.in_(tagged.where(condition))


def _written_by(several: BindParameter[Any]) -> ColumnElement[bool]:
    keys: BindParameter[Any] = bindparam("author_keys", expanding=True)
    named = select(users.c.id).where(or_(users.c.id.in_(several), users.c.username_key.in_(keys)))
    return posts.c.id.in_(select(post_authors.c.post_id).where(post_authors.c.user_id.in_(named)))


_OF_POST = select(post_tags.c.tag_id).where(post_tags.c.post_id == posts.c.id).correlate(posts)
# The id of the one author that is asked for.
_ONE_AUTHOR: dict[str, Callable[[BindParameter[Any]], ColumnElement[Any]]] = {
    "author_id": lambda author_id: author_id,
    "author_key": lambda key: select(users.c.id).where(users.c.username_key == key).scalar_subquery(),
}
_SEVERAL = ("any_tag", "without_tag", "author_ids", "author_keys")
_CONDITIONS: dict[str, Callable[[BindParameter[Any]], ColumnElement[bool]]] = {
    "any_tag": lambda slugs: _tagged(tags.c.slug.in_(slugs)),
    "without_tag": lambda slugs: not_(
        _OF_POST.join(tags, tags.c.id == post_tags.c.tag_id).where(tags.c.slug.in_(slugs)).exists()
    ),
    "has_tags": lambda wanted: _OF_POST.exists() == wanted,
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
def post_statement(audience: Audience, column: str) -> AnySelect:
    """The post whose `column` is the parameter `wanted`."""
    named = posts.c[column] == bindparam("wanted")
    return select(*_columns(ALL_FIELDS), posts.c.version).where(named, visible_posts(audience))
