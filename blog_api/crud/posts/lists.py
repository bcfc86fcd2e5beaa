"""Read lists of posts for responses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from string import ascii_lowercase, ascii_uppercase
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, not_, or_, select

from blog_api.crud.posts import filters as conditions
from blog_api.crud.posts.followed import followed_posts
from blog_api.crud.posts.members import (
    LIST_MEMBERS,
    SEARCH_MEMBERS,
    columns_of,
    complete_list,
)
from blog_api.crud.posts.search import FOUND
from blog_api.crud.posts.subjects import list_subjects
from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db
from blog_api.models.posts import PUBLISHED_OR_NEVER, Post, PostAuthor, post_tags
from blog_api.paging.pages import AnyColumn, Listing, Page, PageRequest, read_page
from blog_api.policies.metadata import has_private_keys
from blog_api.policies.posts import (
    PUBLISHED,
    editable_posts,
    listed_posts,
    listed_trash,
    live_authored_posts,
    live_tagged_posts,
    own_authorships,
    own_posts,
    parameters_of,
    trashed_posts,
    visible_posts,
)
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import Unauthorized
from blog_api.text.excerpts import make_excerpter
from blog_api.text.search import parse_query

# Filters whose value is passed unchanged as the bind parameter.
_PLAIN_FILTERS = (
    "q",
    "id",
    "language",
    "any_tag",
    "without_tag",
    "has_tags",
    "published_after",
    "published_before",
    "changed_after",
    "updated_after",
)
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


class ListKey(NamedTuple):
    """The parts of a list request that shape its SQL. Everything else is a bind parameter."""

    audience: Audience
    statuses: tuple[str, ...]
    sort: str
    members: frozenset[str]
    filters: tuple[str, ...]
    trashed: bool = False
    kind: str = "post"
    featured: bool | None = None
    # Only posts of authors that the viewer follows.
    followed: bool = False
    for_postgresql: bool = True

    @property
    def live(self) -> bool:
        """Whether the list contains only public posts."""
        return self.statuses in ((), PUBLISHED) and not self.trashed

    @property
    def is_feed(self) -> bool:
        """Whether the list is the personal feed of the viewer, with no other filter than a kind."""
        is_filtered = self.filters or self.featured is not None
        return self.followed and self.live and self.sort == "published_at" and not is_filtered


def list_posts(
    filters: dict[str, Any], page: PageRequest, viewer: Viewer | None, fields: Iterable[str] | None = None
) -> Page:
    """Read a page of the posts that match all filters. One query, and one more for the total.

    Raises the same exceptions as `filtered_posts`.
    """
    members = frozenset(fields or (SEARCH_MEMBERS if "q" in filters else LIST_MEMBERS))
    listing, parameters = filtered_posts(filters, viewer, page.sort.lstrip("-"), members)
    found = read_page(listing, page, parameters)
    found.data[:] = complete_list(found.data, members, viewer)
    if "excerpt" in members:
        excerpt = make_excerpter(parse_query(filters["q"]))
        for post in found.data:
            post["excerpt"] = excerpt(post["excerpt"])
    return replace(found, subjects=partial(list_subjects, filters))


def may_see_stored(viewer: Viewer, response: dict[str, Any]) -> bool:
    """Return whether the viewer may see all posts in a stored response, also those now in the trash or purged.

    Those with private metadata only if the viewer may edit them.
    """
    posts = [result.get("data") for result in response["results"]] if "results" in response else [response]
    ids = [post["id"] for post in posts if post]
    private = [post["id"] for post in posts if post and has_private_keys(post.get("metadata", ()))]
    audience = audience_of(viewer)
    allowed = and_(visible_posts(audience), or_(Post.id.not_in(private), editable_posts(viewer)))
    hidden = select(Post.id).where(Post.id.in_(ids), not_(allowed), not_(trashed_posts(audience)))
    return db.session.execute(hidden.limit(1), parameters_of(viewer)).one_or_none() is None


def filtered_posts(
    filters: dict[str, Any], viewer: Viewer | None, sort: str, members: frozenset[str]
) -> tuple[Listing, dict[str, Any]]:
    """Return the Listing of the posts that match all filters, with the given members, and its bind parameters.

    Raises Unauthorized if an anonymous client asks for unpublished, trashed or followed posts.
    """
    statuses, trashed = tuple(sorted(filters.get("status", ()))), filters.get("trashed", False)
    if viewer is None and filters.get("followed"):
        raise Unauthorized("Log in to see the posts of the authors that you follow.")
    if viewer is None and (trashed or statuses not in ((), PUBLISHED)):
        raise Unauthorized("Only published posts are public. Log in to see your other posts.")
    values = _filter_values(filters)
    key = ListKey(
        audience_of(viewer),
        statuses,
        sort,
        members,
        tuple(values),
        trashed,
        filters.get("kind", "post"),
        filters.get("featured"),
        filters.get("followed", False),
        is_postgresql(),
    )
    searched = parse_query(filters["q"]).parameters if "q" in filters else {}
    return _listing(key), parameters_of(viewer) | values | searched


def _filter_values(filters: dict[str, Any]) -> dict[str, Any]:
    """Return the bind parameters of the filters, keyed by the names of their conditions."""
    values: dict[str, Any] = {f"tag_{n}": slug for n, slug in enumerate(filters.get("tag") or ())}
    values |= {name: filters[name] for name in _PLAIN_FILTERS if name in filters}
    if part := filters.get("title_contains"):
        values["title_contains"] = part.translate(_LOWER)
    return values | _author_values(filters.get("author") or ())


def _author_values(authors: Sequence[str]) -> dict[str, Any]:
    ids, keys = conditions.split_authors(authors)
    # For a single author, an index has the order of the list.
    match ids, keys:
        case [], []:
            return {}
        case [author_id], []:
            return {"author_id": author_id}
        case [], [key]:
            return {"author_key": key}
    return {"author_ids": ids, "author_keys": keys}


@lru_cache(maxsize=512)
def _listing(key: ListKey) -> Listing:
    """Build the Listing. Its bind parameters are those of policies/posts.py and of the filters."""
    rows = select(*columns_of(key.members)).select_from(Post)
    joined: set[object] = set()
    own = own_posts
    if "q" in key.filters:
        rows = rows.join(FOUND, FOUND.c.id == Post.id)
    if "tag_0" in key.filters:
        rows = rows.join(post_tags, conditions.has_tag(bindparam("tag_0")))
        joined.add(post_tags)
    author = next((name for name in key.filters if name in conditions.ONE_AUTHOR), None)
    if author:
        rows = rows.join(PostAuthor, conditions.ONE_AUTHOR[author](bindparam(author)))
        joined.add(PostAuthor)
    elif key.audience is Audience.MEMBERS and not key.live and not key.trashed:
        # The viewer's own posts are the posts of one author, too.
        rows = rows.join(PostAuthor, PostAuthor.post_id == Post.id)
        joined.add(PostAuthor)
        own = own_authorships
    sort_column, id_column, in_order = _sort_key(key, joined)
    listed = listed_trash if key.trashed else partial(listed_posts, own=own)
    filtered = [conditions.condition(name) for name in key.filters if name not in ("q", "tag_0", author)]
    shape = [] if key.kind == "all" else [conditions.of_kind(key.kind)]
    if key.featured is not None:
        shape.append(conditions.featured_posts() if key.featured else not_(conditions.featured_posts()))
    listed_here = listed(key.audience, key.statuses)
    # SQLite has no LATERAL.
    feed = key.is_feed and key.for_postgresql
    chosen = followed_posts(feed=feed, kind=key.kind) if key.followed else None
    return Listing(rows, sort_column, id_column, (listed_here, *shape, *filtered, *in_order), chosen)


def _sort_key(key: ListKey, joined: set[object]) -> tuple[AnyColumn, AnyColumn, list[ColumnElement[bool]]]:
    """Return the sort key, the id, and the condition that lets the planner use an index in this order.

    Key and id are columns of one table, so that an index finds the row at a cursor.
    """
    if key.sort == "relevance":
        return FOUND.c.rank, Post.id, []
    if key.sort == "published_at":
        # The association table has an index in this order for the posts of one tag or one author.
        if key.live and post_tags in joined:
            return post_tags.c.published_at, post_tags.c.post_id, [live_tagged_posts()]
        if key.live and PostAuthor in joined:
            return PostAuthor.published_at, PostAuthor.post_id, [live_authored_posts()]
        if not key.live and key.statuses != ("scheduled",):
            return PUBLISHED_OR_NEVER, Post.id, []
    if key.sort == "created_at" and PostAuthor in joined:
        return PostAuthor.created_at, PostAuthor.post_id, []
    return getattr(Post, key.sort), Post.id, []
