"""Queries of posts. Every statement starts from a condition of policies.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from blog_api.crud.pages import read_page
from blog_api.crud.slugs import NUMBERS, free_slug, taken_slugs
from blog_api.crud.tags import ids_of_tags
from blog_api.database import db, insert, utcnow
from blog_api.models import Post, Tag, User, post_tags
from blog_api.pagination import AnyColumn, AnyRow, AnySelect, Page, PageRequest
from blog_api.policies import Viewer, listed_posts, visible_posts
from blog_api.problems import Conflict, Fault, NotFound, Unauthorized
from blog_api.publication import publication, shown_status
from blog_api.text.folding import fold
from blog_api.text.slugs import slugify

_AUTHOR = (User.id.label("author_id"), User.username, User.display_name)

# Which member of a post is which columns. `tags` has none: they come by a query of their own.
FIELDS: dict[str, tuple[Any, ...]] = {
    "id": (),
    "slug": (Post.slug,),
    "title": (Post.title,),
    "summary": (Post.summary,),
    "content": (Post.content,),
    "status": (Post.status, Post.published_at),
    "published_at": (Post.published_at,),
    "created_at": (Post.created_at,),
    "updated_at": (Post.updated_at,),
    "author": _AUTHOR,
    "tags": (),
}
ALL_FIELDS = frozenset(FIELDS)
LIST_FIELDS = ALL_FIELDS - {"content"}

_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "published_at": Post.published_at,
    "updated_at": Post.updated_at,
    "created_at": Post.created_at,
    "title": Post.title,
}
# Where a post without a time stands in a list sorted by it.
_NEVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


@lru_cache(maxsize=256)
def _select_posts(fields: frozenset[str]) -> AnySelect:
    columns = dict.fromkeys(column for name in FIELDS if name in fields for column in FIELDS[name])
    statement = select(Post.id, Post.version, *columns).select_from(Post)
    return statement.join(User, Post.author_id == User.id) if "author" in fields else statement


def list_posts(
    filters: dict[str, Any], page: PageRequest, viewer: Viewer | None, fields: Iterable[str] | None = None
) -> Page:
    """A page of the posts that pass all filters. Two queries, one without `tags` in `fields`, one more for a total.

    Raises Unauthorized where somebody unknown asks for what is not published.
    """
    status = filters.get("status")
    if viewer is None and status not in (None, "published"):
        raise Unauthorized("Only published posts are there for everyone; log in to see your own.")
    now = utcnow()
    shown = frozenset(fields) if fields else LIST_FIELDS
    statement = _select_posts(shown).where(listed_posts(viewer, status, now), *_conditions(filters))
    key: AnyColumn = _SORTS[page.sort.lstrip("-")]
    if page.sort.endswith("published_at") and status not in (None, "published", "scheduled"):
        key = func.coalesce(Post.published_at, _NEVER, type_=Post.published_at.type)
    return read_page(statement, page, key, Post.id, lambda rows: _shape(rows, shown, now))


def _conditions(filters: dict[str, Any]) -> list[ColumnElement[bool]]:
    conditions = [_tagged(slug) for slug in filters.get("tag") or ()]
    if filters.get("any_tag"):
        conditions.append(_tagged(*filters["any_tag"]))
    if author := filters.get("author"):
        named = select(User.id).where(User.username_key == fold(author)).scalar_subquery()
        conditions.append(Post.author_id == (int(author) if author.isdigit() else named))
    if after := filters.get("published_after"):
        conditions.append(Post.published_at >= after)
    if before := filters.get("published_before"):
        conditions.append(Post.published_at < before)
    return conditions


def _tagged(*slugs: str) -> ColumnElement[bool]:
    tagged = select(post_tags.c.post_id).join(Tag, Tag.id == post_tags.c.tag_id)
    return Post.id.in_(tagged.where(Tag.slug.in_(slugs)))


def read_post(
    viewer: Viewer | None, *, post_id: int | None = None, slug: str | None = None
) -> dict[str, Any]:
    """One post by id or slug, whole. Raises NotFound where there is none, or none that they may see."""
    now = utcnow()
    named = Post.id == post_id if slug is None else Post.slug == slug
    row = db.session.execute(_select_posts(ALL_FIELDS).where(named, visible_posts(viewer, now))).one_or_none()
    if row is None:
        raise NotFound("There is no post here that you may see.")
    return _shape([row], ALL_FIELDS, now)[0]


def _shape(rows: Sequence[AnyRow], fields: frozenset[str], now: datetime) -> list[dict[str, Any]]:
    """Rows as the objects that the schema shows."""
    tags = _tags_of([row.id for row in rows]) if "tags" in fields else {}
    return [_shape_one(row, fields, tags.get(row.id, []), now) for row in rows]


def _shape_one(row: AnyRow, fields: frozenset[str], tags: list[Any], now: datetime) -> dict[str, Any]:
    columns = row._mapping
    post = {name: columns[name] for name in fields if name in columns}
    if "status" in fields:
        post["status"] = shown_status(row.status, row.published_at, now)
    if "author" in fields:
        post["author"] = {"id": row.author_id, "username": row.username, "display_name": row.display_name}
    if "tags" in fields:
        post["tags"] = tags
    post["version"] = row.version
    return post


def _tags_of(post_ids: list[int]) -> dict[int, list[Any]]:
    rows = db.session.execute(
        select(post_tags.c.post_id, Tag.id, Tag.name, Tag.slug)
        .join(Tag, Tag.id == post_tags.c.tag_id)
        .where(post_tags.c.post_id.in_(post_ids))
        .order_by(Tag.name_key)
    )
    tags: dict[int, list[Any]] = {}
    for row in rows:
        tags.setdefault(row.post_id, []).append(row._mapping)
    return tags


def create_post(author_id: int, data: dict[str, Any], *, like_slug: str | None = None) -> int:
    """A new post with its tags; gives its id. Safe when many write the same title and the same new tag at once.

    `data` has title and content, and may have summary, slug, status, published_at and tags (names). Without a slug it
    gets the best free one for `like_slug`, or else for the title. Raises Conflict where the slug that was asked for is
    taken, InvalidInput where status and time do not go together.
    """
    data = dict(data)
    tag_ids = ids_of_tags(data.pop("tags", ()))
    slug = data.pop("slug", None)
    values = {**data, **publication(data, utcnow()), "author_id": author_id}
    if slug is None:
        post_id = _insert_under_free_slug(values, like_slug or slugify(data["title"], "post"))
    else:
        post_id = _insert_post(values, slug)
    if post_id is None:
        raise Conflict(faults=[Fault("This slug is taken.", "taken", "/slug")])
    if tag_ids:
        db.session.execute(post_tags.insert(), [{"post_id": post_id, "tag_id": tag_id} for tag_id in tag_ids])
    return post_id


def _insert_post(values: dict[str, Any], slug: str) -> int | None:
    """The id of the new post; None where its slug is taken."""
    row = insert(Post).values(**values, slug=slug).on_conflict_do_nothing().returning(Post.id)
    return db.session.execute(row).scalar_one_or_none()


def _insert_under_free_slug(values: dict[str, Any], base: str) -> int | None:
    post_id, attempts = _insert_post(values, base), 0
    # Whoever loses the race for a slug waits for the winner, and then sees it as taken.
    while post_id is None and attempts <= NUMBERS:
        post_id = _insert_post(values, free_slug(base, taken_slugs(Post.slug, [base])))
        attempts += 1
    return post_id


def get_post(post_id: int, viewer: Viewer | None) -> Post:
    """The post with its tags, to change it. Raises NotFound where there is none, or none that they may see."""
    statement = select(Post).where(Post.id == post_id, visible_posts(viewer, utcnow()))
    post = db.session.execute(statement.options(selectinload(Post.tags))).scalar_one_or_none()
    if post is None:
        raise NotFound("There is no post here that you may see.")
    return post


def update_post(post: Post, changes: dict[str, Any]) -> None:
    """Set what is in `changes` (`tags` are names). A change of the tags alone raises the version too.

    Raises StaleDataError where someone else changed the post meanwhile, InvalidInput where status and time do not go
    together; a taken slug is an IntegrityError.
    """
    changes = dict(changes)
    if "tags" in changes:
        tag_ids = ids_of_tags(changes.pop("tags"))
        if tag_ids != sorted(tag.id for tag in post.tags):
            changes["tags"] = list(db.session.execute(select(Tag).where(Tag.id.in_(tag_ids))).scalars())
            changes["updated_at"] = func.current_timestamp()
    if "status" in changes or "published_at" in changes:
        changes |= publication(changes, utcnow(), status=post.status, published_at=post.published_at)
    for name, value in changes.items():
        setattr(post, name, value)
    db.session.flush()


def trash_post(post: Post) -> None:
    """Move the post to the trash: out of every list, count and address."""
    post.deleted_at = utcnow()
    db.session.flush()
