"""Find the posts before and after a post, in order of publication."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, literal_column, select, union_all

from blog_api.crud.posts.filters import of_kind
from blog_api.crud.posts.lists import filtered_posts
from blog_api.crud.posts.members import LIST_MEMBERS, MISSING, columns_of, complete_list
from blog_api.database.session import execute_rows
from blog_api.models.posts import Post
from blog_api.paging.pages import AnySelect, Listing, in_order
from blog_api.policies.posts import live_posts, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import NotFound

_POST_ID = bindparam("post_id", type_=Post.id.type)
# Null, which precedes and follows nothing, unless the post is a public one of kind `post`.
_PUBLISHED_AT = (
    select(Post.published_at)
    .where(Post.id == _POST_ID, live_posts(), of_kind("post"))
    .correlate(None)
    .scalar_subquery()
)


def read_neighbours(
    post_id: int, filters: dict[str, Any], viewer: Viewer | None, fields: Iterable[str] | None
) -> dict[str, Any]:
    """Return the public posts before and after a post, or None, among those that match the filters. One query.

    Both are None if the post is not public or a page. Raises NotFound if it is missing or not visible to the viewer.
    """
    members = frozenset(fields or LIST_MEMBERS)
    listing, parameters = filtered_posts(filters, viewer, "published_at", members)
    statement = _statement(listing, audience_of(viewer), members)
    rows = execute_rows(statement, parameters | {"post_id": post_id}).mappings()
    found = {row["place"]: {name: row[name] for name in row if name != "place"} for row in rows}
    if "itself" not in found:
        raise NotFound(MISSING)
    version = found.pop("itself")["version"]
    shown = complete_list(list(found.values()), members, viewer)
    return {"previous": None, "next": None, "version": version, **dict(zip(found, shown, strict=True))}


@lru_cache(maxsize=128)
def _statement(listing: Listing, audience: Audience, members: frozenset[str]) -> AnySelect:
    itself: AnySelect = select(literal_column("'itself'").label("place"), Post.id)
    found = union_all(
        itself.where(Post.id == _POST_ID, visible_posts(audience)),
        _next_to(listing, "previous", down=True),
        _next_to(listing, "next", down=False),
    ).subquery()
    shown = select(found.c.place, *columns_of(members), Post.version).select_from(Post)
    return shown.join(found, found.c.id == Post.id)


def _next_to(listing: Listing, place: str, *, down: bool) -> AnySelect:
    """Select the id of the first post of the list after the post, in this direction."""
    order = in_order(listing.key, listing.id, down=down)
    after = listing.past(_PUBLISHED_AT, _POST_ID, down=down)
    ids = listing.rows.with_only_columns(listing.id.label("id")).where(after, *listing.conditions)
    return select(literal_column(f"'{place}'"), ids.order_by(*order).limit(1).subquery().c.id)
