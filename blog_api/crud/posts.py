"""Queries of posts. Every statement starts from a condition of policies.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from blog_api.crud.co_authors import (
    add_co_authors,
    changed_co_authors,
    check_co_authors,
    replace_co_authors,
)
from blog_api.crud.pages import read_page
from blog_api.crud.post_statements import (
    LIST_FIELDS,
    SEARCH_FIELDS,
    ListForm,
    list_statement,
    post_statement,
    posts,
)
from blog_api.crud.rows import get_one, patch, read_one
from blog_api.crud.slugs import use_free_slug
from blog_api.crud.tags import HeldTag, ids_of_tags, link_tags, tag_names, tags_of_names
from blog_api.database import db, insert, utcnow
from blog_api.errors import TAKEN_SLUG
from blog_api.models import Post, Tag
from blog_api.pagination import MAX_INTEGER, AnySelect, Page, PageRequest
from blog_api.policies import (
    Audience,
    Viewer,
    audience_of,
    can_edit_post,
    can_manage_post,
    editable_posts,
    is_author_or_editor,
    kept_posts,
    parameters_of,
    require,
    visible_posts,
)
from blog_api.problems import Conflict, Unauthorized
from blog_api.publication import publication
from blog_api.text.excerpts import excerpter
from blog_api.text.folding import fold
from blog_api.text.search import parse_query
from blog_api.text.slugs import slugify

_MISSING = "There is no post here that you may see."
_ONLY_AUTHORS = "Only its authors and editors may change this post."
# Filters whose value is the parameter.
_AS_GIVEN = (
    "q",
    "any_tag",
    "without_tag",
    "has_tags",
    "published_after",
    "published_before",
    "updated_after",
)
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_SELECT_ENTITIES = select(Post).options(selectinload(Post.tags), selectinload(Post.authorships))


def list_posts(
    filters: dict[str, Any], page: PageRequest, viewer: Viewer | None, fields: Iterable[str] | None = None
) -> Page:
    """A page of the posts that pass all filters. One query, one more for a total.

    Raises what `filtered_posts` raises.
    """
    shown = frozenset(fields or (SEARCH_FIELDS if "q" in filters else LIST_FIELDS))
    statement, parameters = filtered_posts(filters, viewer, page.sort.lstrip("-"), shown)
    found = read_page(statement, page, parameters)
    if "excerpt" in shown:
        excerpt = excerpter(parse_query(filters["q"]))
        found.data[:] = map(orjson.loads, found.data)
        for post in found.data:
            post["excerpt"] = excerpt(post["excerpt"])
    return found


def filtered_posts(
    filters: dict[str, Any], viewer: Viewer | None, sort: str, fields: frozenset[str]
) -> tuple[AnySelect, dict[str, Any]]:
    """The statement of the posts that pass all filters, with `fields` as its columns, and its parameters.

    Raises Unauthorized where somebody unknown asks for what is not published.
    """
    status, trashed = filters.get("status"), filters.get("trashed", False)
    if viewer is None and (trashed or status not in (None, "published")):
        raise Unauthorized("Only published posts are there for everyone; log in to see your own.")
    values = _filter_values(filters)
    form = ListForm(audience_of(viewer), status, sort, fields, tuple(values), trashed)
    searched = parse_query(filters["q"]).parameters if "q" in filters else {}
    return list_statement(form), parameters_of(viewer) | values | searched


def _filter_values(filters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the filters that are given; their names are those that their conditions have."""
    values: dict[str, Any] = {f"tag_{n}": slug for n, slug in enumerate(filters.get("tag") or ())}
    values |= {name: filters[name] for name in _AS_GIVEN if name in filters}
    if part := filters.get("title_contains"):
        values["title_contains"] = part.translate(_LOWER)
    return values | _author_values(filters.get("author") or ())


def _author_values(authors: Sequence[str]) -> dict[str, Any]:
    ids = [min(int(author), MAX_INTEGER) for author in authors if author.isdigit()]
    keys = [fold(author) for author in authors if not author.isdigit()]
    # One alone has an index in the order of its list.
    match ids, keys:
        case [], []:
            return {}
        case [author_id], []:
            return {"author_id": author_id}
        case [], [key]:
            return {"author_key": key}
    return {"author_ids": ids, "author_keys": keys}


def read_post(
    viewer: Viewer | None, *, post_id: int | None = None, slug: str | None = None
) -> dict[str, Any]:
    """One post by id or slug, whole. Raises NotFound where there is none, or none that they may see."""
    parameters = parameters_of(viewer) | {"wanted": post_id if slug is None else slug}
    statement = post_statement(audience_of(viewer), "id" if slug is None else "slug")
    return read_one(statement, parameters, _MISSING)


def read_changed_post(viewer: Viewer, post_id: int) -> dict[str, Any]:
    """The post that they have just changed, whole: also where that was the last they see of it."""
    return read_one(
        post_statement(Audience.EDITORS, "id"), parameters_of(viewer) | {"wanted": post_id}, _MISSING
    )


def read_changed_posts(viewer: Viewer, post_ids: Iterable[int]) -> list[dict[str, Any]]:
    """The same of many, in any order."""
    parameters = parameters_of(viewer) | {"wanted": list(post_ids)}
    rows = db.session.execute(post_statement(Audience.EDITORS, "id", many=True), parameters)
    return [dict(row._mapping) for row in rows]


def create_post(author_id: int, data: dict[str, Any], *, like_slug: str | None = None) -> int:
    """A new post with its tags; gives its id. Safe when many write the same title and the same new tag at once.

    `data` has title and content, and may have summary, slug, status, published_at, tags (names) and co_authors (ids).
    Without a slug it gets the best free one for `like_slug`, or else for the title. Raises Conflict where the slug that
    was asked for is taken, InvalidInput where there is no such co-author or status and time do not go together.
    """
    data = dict(data)
    co_authors = data.pop("co_authors", ())
    if co_authors:
        co_authors = check_co_authors(co_authors, author_id)
    held = tags_of_names(data.pop("tags", ()))
    slug = data.pop("slug", None)
    values = row_of_post(author_id, data, held, utcnow())
    insert_under = partial(_insert_post, values)
    post_id: int | None
    if slug is None:
        base = like_slug or slugify(data["title"], "post")
        post_id = use_free_slug(insert_under, base, Post.slug, kept_posts())
    else:
        post_id = insert_under(slug)
    if post_id is None:
        raise Conflict(faults=[TAKEN_SLUG])
    link_tags({post_id: held})
    add_co_authors({post_id: co_authors})
    return post_id


def row_of_post(
    author_id: int, data: dict[str, Any], held: Mapping[str, HeldTag], now: datetime
) -> dict[str, Any]:
    """The columns of a new post with these tags, but for its slug. Raises what `publication` raises."""
    return {**data, **publication(data, now), "author_id": author_id, "tag_names": tag_names(held)}


def _insert_post(values: dict[str, Any], slug: str) -> int | None:
    """The id of the new post; None where its slug is taken."""
    row = insert(posts).on_conflict_do_nothing().returning(posts.c.id)
    return db.session.execute(row, {**values, "slug": slug}).scalar_one_or_none()


def get_post(post_id: int, viewer: Viewer) -> Post:
    """The post with its tags and authors, to change it, as far as they may.

    Raises NotFound where there is none, or none that they may see, Forbidden where they may see it only.
    """
    statement = _SELECT_ENTITIES.where(Post.id == post_id, visible_posts(audience_of(viewer)))
    post = get_one(statement, parameters_of(viewer), _MISSING)
    require(is_author_or_editor(viewer, _author_ids(post)), _ONLY_AUTHORS)
    return post


def _author_ids(post: Post) -> list[int]:
    return [author.user_id for author in post.authorships]


def lock_posts(post_ids: Iterable[int], viewer: Viewer) -> dict[int, Post]:
    """Those of the posts that they may change, by id, whole. Until the transaction ends nobody else can.

    Locked in the order of their ids, so that of two who want some of the same each gets its turn.
    """
    statement = _SELECT_ENTITIES.where(Post.id.in_(sorted(set(post_ids))), editable_posts(viewer))
    locked = db.session.execute(statement.order_by(Post.id).with_for_update(), parameters_of(viewer))
    return {post.id: post for post in locked.scalars()}


def update_post(post: Post, changes: dict[str, Any], viewer: Viewer | None = None) -> None:
    """Set what is in `changes` (`tags` are names, `co_authors` ids). A change of these alone raises the version too.

    Raises Forbidden where `viewer` may not change that, StaleDataError where someone else changed the post meanwhile,
    InvalidInput where there is no such co-author or status and time do not go together; a taken slug is an
    IntegrityError.
    """
    changes = dict(changes)
    owner_id = changes.get("author_id", post.author_id)
    co_authors = changed_co_authors(post, changes.pop("co_authors", None), owner_id, viewer)
    if viewer is not None and (changes or co_authors is None):
        require(can_edit_post(viewer, _author_ids(post)), _ONLY_AUTHORS)
    if co_authors is not None:
        changes["updated_at"] = func.current_timestamp()
    if "tags" in changes:
        tag_ids = ids_of_tags(changes.pop("tags"))
        if tag_ids != sorted(tag.id for tag in post.tags):
            changes["tags"] = list(db.session.execute(select(Tag).where(Tag.id.in_(tag_ids))).scalars())
            changes["updated_at"] = func.current_timestamp()
    if "status" in changes or "published_at" in changes:
        changes |= publication(changes, utcnow(), status=post.status, published_at=post.published_at)
    patch(post, changes)
    if co_authors is not None:
        replace_co_authors(post.id, co_authors)
        db.session.expire(post, ["authorships"])


def trash_post(post: Post, viewer: Viewer) -> None:
    """Move the post to the trash: out of every list, count and address. Raises Forbidden for co-authors."""
    require(can_manage_post(viewer, post.author_id), "Only its owner and editors may delete this post.")
    post.deleted_at = utcnow()
    db.session.flush()
