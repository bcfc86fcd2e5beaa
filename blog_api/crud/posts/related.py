"""Find posts that share tags with a post."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial

from sqlalchemy import FromClause, Integer, Select, Subquery, and_, bindparam, func, select, true

from blog_api.crud.posts.filters import of_kind
from blog_api.crud.posts.members import LIST_MEMBERS, MISSING, columns_of, complete_list
from blog_api.crud.rows import read_one
from blog_api.database.dialects import is_postgresql
from blog_api.database.session import execute_rows
from blog_api.models.posts import Post, post_tags
from blog_api.paging.pages import AnySelect, Page
from blog_api.policies.posts import live_posts, live_tagged_posts, parameters_of, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of

# How many of the newest live posts of each tag to consider.
NEWEST = 200
# A tag that n of them have adds this divided by n to the score of a post. Sums of integers are the same in any order.
RARITY_SCALE = 1_000_000

_own = post_tags.alias("own")
_NEWEST_OF_TAG = (
    select(post_tags.c.post_id, post_tags.c.published_at)
    .where(post_tags.c.tag_id == _own.c.tag_id, live_tagged_posts())
    .order_by(post_tags.c.published_at.desc(), post_tags.c.post_id.desc())
    .limit(NEWEST)
)


def list_related(post_id: int, limit: int, viewer: Viewer | None, fields: Iterable[str] | None) -> Page:
    """Return up to `limit` public posts that share tags with a post: those that share the rarest tags, newest first.

    Raises NotFound if the post is missing or not visible to the viewer.
    """
    parameters = parameters_of(viewer) | {"post_id": post_id, "limit": limit}
    read_one(_visible_post(audience_of(viewer)), parameters, MISSING)
    members = frozenset(fields or LIST_MEMBERS)
    rows = execute_rows(_related(members, for_postgresql=is_postgresql()), parameters)
    data = complete_list([row._asdict() for row in rows], members, viewer)
    return Page(data, limit, subjects=partial(_subjects, post_id))


@lru_cache
def _visible_post(audience: Audience) -> AnySelect:
    return select(Post.id).where(Post.id == bindparam("post_id"), visible_posts(audience))


@lru_cache(maxsize=128)
def _related(members: frozenset[str], *, for_postgresql: bool) -> AnySelect:
    tagged = _tagged(for_postgresql=for_postgresql)
    score = func.sum(tagged.c.weight).label("score")
    # Sorted before the join, which then stops after `limit` posts.
    scored = (
        select(tagged.c.post_id, tagged.c.published_at, score)
        .where(tagged.c.post_id != bindparam("post_id"))
        .group_by(tagged.c.post_id, tagged.c.published_at)
        .order_by(score.desc(), tagged.c.published_at.desc(), tagged.c.post_id.desc())
        .subquery()
    )
    return (
        select(*columns_of(members))
        .select_from(Post)
        .join(scored, scored.c.post_id == Post.id)
        .where(live_posts(), of_kind("post"))
        .order_by(scored.c.score.desc(), scored.c.published_at.desc(), scored.c.post_id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def _tagged(*, for_postgresql: bool) -> Subquery:
    """Select the newest posts of each tag of the post, with the weight of the tag."""
    newest: FromClause
    if for_postgresql:
        newest = _NEWEST_OF_TAG.lateral("newest")
        joined = _own.join(newest, true())
    else:
        # SQLite has no LATERAL, but looks up each id that a correlated IN returns.
        newest = post_tags.alias("newest")
        ids: Select[int] = _NEWEST_OF_TAG.with_only_columns(post_tags.c.post_id)
        joined = _own.join(newest, and_(newest.c.tag_id == _own.c.tag_id, newest.c.post_id.in_(ids)))
    weight = (RARITY_SCALE // func.count().over(partition_by=_own.c.tag_id)).label("weight")
    found = select(newest.c.post_id, newest.c.published_at, weight).select_from(joined)
    return found.where(_own.c.post_id == bindparam("post_id")).subquery()


def _subjects(post_id: int) -> set[str]:
    """Return the keys of the post and its tags, on which the list depends."""
    tag_ids = execute_rows(select(post_tags.c.tag_id).where(post_tags.c.post_id == post_id), {}).scalars()
    return {f"post-{post_id}", *(f"tag-{tag_id}" for tag_id in tag_ids)}
