"""The JSON members of a post: their columns, and the loader options for building them from an entity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased, joinedload, selectinload, with_expression

from blog_api.context import exchange
from blog_api.crud.activity import counted
from blog_api.crud.history.recording import HAS_REVISIONS
from blog_api.database.columns import utcnow
from blog_api.database.functions import json_list
from blog_api.models.activity import PostActivity
from blog_api.models.addresses import Redirect
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.renderings import Rendering
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.policies.changes import shown_updated_at, updated_at_of
from blog_api.policies.metadata import shown_metadata
from blog_api.policies.posts import shown_status, status_of
from blog_api.policies.viewers import Viewer
from blog_api.schemas.post_fields import ACTIVITY_FIELDS, DETAIL_FIELDS, FIELDS
from blog_api.text.permalinks import Permalinks
from blog_api.text.search import MAX_SEARCHED

MISSING = "The post does not exist, or you may not see it."

_AUTHORS = json_list(
    select(User.id, User.username, User.display_name)
    .join(PostAuthor, PostAuthor.user_id == User.id)
    .where(PostAuthor.post_id == Post.id)
    .order_by(PostAuthor.position)
    .correlate(Post)
)
_TAGS = json_list(
    select(Tag.id, Tag.name, Tag.slug)
    .join(post_tags, post_tags.c.tag_id == Tag.id)
    .where(post_tags.c.post_id == Post.id)
    .order_by(Tag.name_key)
    .correlate(Post)
)
_ALIASES = json_list(
    select(Redirect.path).where(Redirect.post_id == Post.id).order_by(Redirect.path).correlate(Post)
)
_RENDERED = select(Rendering).where(Rendering.post_id == Post.id).correlate(Post)
_COMMENT_COUNT, _LIKE_COUNT = counted(PostActivity.comments), counted(PostActivity.likes)
_searched_post = aliased(Post)
# A subquery by id, so that sorting the matches does not read the contents of all of them.
_SEARCHED = (
    select(_searched_post.summary + "\n\n" + func.substr(_searched_post.content, 1, MAX_SEARCHED))
    .where(_searched_post.id == Post.id)
    .correlate(Post)
    .scalar_subquery()
)

# The members of a post in response order. Related rows come as JSON in the same row; a join would also process the rows
# that an offset skips.
MEMBERS: dict[str, Any] = {
    "id": Post.id,
    "slug": Post.slug,
    # Made of other columns by `complete`.
    "url": None,
    "title": Post.title,
    "summary": Post.summary,
    "content": Post.content,
    "status": shown_status(),
    "published_at": Post.published_at,
    "created_at": Post.created_at,
    "updated_at": shown_updated_at(),
    # The owner is the first author: `complete` copies it, which saves a second subquery.
    "author": None,
    "authors": _AUTHORS,
    "tags": _TAGS,
    "aliases": _ALIASES,
    "kind": Post.kind,
    "featured": Post.featured,
    "language": Post.language,
    "image": Post.image,
    "reading_minutes": Post.reading_minutes,
    "word_count": Post.word_count,
    "meta_title": Post.meta_title,
    "meta_description": Post.meta_description,
    "canonical_url": Post.canonical_url,
    "noindex": Post.noindex,
    "metadata": Post.custom,
    "comments_open": Post.comments_open,
    "comments_close_at": Post.comments_close_at,
    "comment_count": _COMMENT_COUNT,
    "like_count": _LIKE_COUNT,
    # Null until the post is rendered.
    "html": _RENDERED.with_only_columns(Rendering.html).scalar_subquery(),
    "toc": _RENDERED.with_only_columns(Rendering.toc).scalar_subquery(),
    "excerpt": _SEARCHED,
}
# The columns from which `complete` computes a member.
_MADE_OF = {
    "author": {"authors"},
    "url": {"id", "slug", "published_at"},
    "metadata": {"metadata", "authors", "status"},
}
ALL_MEMBERS = frozenset(FIELDS)
LIST_MEMBERS = ALL_MEMBERS - DETAIL_FIELDS
SEARCH_MEMBERS = LIST_MEMBERS | {"excerpt"}

# Loads everything needed to edit a post and to return it.
LOADER_OPTIONS = (
    selectinload(Post.author_links)
    .load_only(PostAuthor.position)
    .joinedload(PostAuthor.user)
    .load_only(User.username, User.display_name, User.role),
    selectinload(Post.tags).load_only(Tag.name, Tag.name_key, Tag.slug),
    selectinload(Post.redirects).load_only(Redirect.path),
    with_expression(Post.has_revisions, HAS_REVISIONS),
    joinedload(Post.activity).load_only(PostActivity.comments, PostActivity.likes),
)


def columns_of(members: frozenset[str]) -> list[ColumnElement[Any]]:
    """Return the labelled columns of these members, and those that `complete` needs."""
    needed = members.union(*(columns for name, columns in _MADE_OF.items() if name in members))
    return [column.label(name) for name, column in MEMBERS.items() if name in needed and column is not None]


def complete(post: dict[str, Any], members: frozenset[str], viewer: Viewer | None) -> dict[str, Any]:
    """Return the members that the viewer may see of a row of `columns_of(members)`: those made of columns, too."""
    made: dict[str, Any] = {}
    if "metadata" in members:
        author_ids = [author["id"] for author in post["authors"]]
        made["metadata"] = shown_metadata(post["metadata"], viewer, author_ids, post["status"])
    if "author" in members:
        made["author"] = next(iter(post["authors"]), None)
    if "url" in members:
        made["url"] = url_of(post["id"], post["slug"], post["published_at"])
    surplus = {column for name in made for column in _MADE_OF[name]} - members
    return {name: value for name, value in post.items() if name not in surplus} | made


def complete_list(
    posts: list[dict[str, Any]], members: frozenset[str], viewer: Viewer | None
) -> list[dict[str, Any]]:
    """Return the posts of a list, each completed like `complete`. Lists with comment or like counts are not cached."""
    if not members.isdisjoint(ACTIVITY_FIELDS):
        exchange.is_cacheable = False
    return posts if members.isdisjoint(_MADE_OF) else [complete(post, members, viewer) for post in posts]


def url_of(post_id: int, slug: str, published_at: datetime | None) -> str | None:
    """Return the URL of a post on the site, or None if the service does not know the site."""
    permalinks: Permalinks | None = exchange.permalinks
    return permalinks.post_url(post_id, slug, published_at) if permalinks else None


def post_to_dict(post: Post, viewer: Viewer | None) -> dict[str, Any]:
    """Return the members that the viewer may see of a loaded post, and its version, as `read_post` does."""
    now = utcnow()
    related = {
        "url": url_of(post.id, post.slug, post.published_at),
        "status": status_of(post, now),
        "updated_at": updated_at_of(post, now),
        "author": _ref(post.author, "username", "display_name"),
        "authors": [_ref(user, "username", "display_name") for user in post.authors],
        "tags": [_ref(tag, "name", "slug") for tag in post.tags],
        "aliases": list(post.aliases),
        "metadata": shown_metadata(post.custom, viewer, post.author_ids, post.status),
        "comment_count": post.activity.comments if post.activity else 0,
        "like_count": post.activity.likes if post.activity else 0,
    }
    members = {name: related[name] if name in related else getattr(post, name) for name in FIELDS}
    return members | {"version": post.version}


def _ref(entity: User | Tag, *names: str) -> dict[str, Any]:
    return {"id": entity.id} | {name: getattr(entity, name) for name in names}
