"""Select the posts of the authors that the viewer follows."""

from __future__ import annotations

from functools import partial

from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, bindparam, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from blog_api.crud.posts.filters import of_kind
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.reactions import Follow
from blog_api.paging.pages import AnyColumn, AnySelect, Chosen, Listing, PageKey, page_statement
from blog_api.policies.posts import live_authored_posts, untrashed_posts

_IS_FOLLOWED = Follow.follower_id == bindparam("viewer_id", type_=Follow.follower_id.type)
_PAGE_ROWS = bindparam("page_rows", type_=Integer)
# A blog has few pages: it is cheaper to read all of them once than to look up the kind of each post.
_PAGES = select(Post.id).where(of_kind("page"), untrashed_posts()).correlate(None)


def followed_posts(*, feed: bool, kind: str) -> Chosen:
    """Return the function that selects the posts of followed authors for a page of a list.

    In a `feed`, which has all live posts of this kind by publication time, it looks at few posts of few authors.
    """
    return partial(_select_posts, feed and kind != "page", kind)


def _select_posts(feed: bool, kind: str, key: PageKey | None) -> ColumnElement[bool]:
    if feed and key is not None and not key.offset:
        return Post.id.in_(_find_first(kind, key))
    links = select(PostAuthor.post_id).join(Follow, Follow.author_id == PostAuthor.user_id)
    return Post.id.in_(links.where(_IS_FOLLOWED))


def _find_first(kind: str, key: PageKey) -> Select[int]:
    """Select the ids of the first posts after the cursor, as many as the page has rows.

    Look at the first post of each author. The authors of the first of these posts are the only ones with posts on the
    page, and each has at most as many as it has rows. A limit tells the planner how few they are.
    """
    head = _posts_of(Follow.author_id, kind, key).limit(1).lateral("head")
    heads = _first(select(Follow.author_id).join(head, true()).where(_IS_FOLLOWED), head, key)
    near = (
        select(PostAuthor.user_id)
        .join(heads, heads.c.row_id == PostAuthor.post_id)
        .join(Follow, and_(Follow.author_id == PostAuthor.user_id, _IS_FOLLOWED))
        .distinct()
        .subquery("near")
    )
    post = _posts_of(near.c.user_id, kind, key).lateral("post")
    return select(_first(select(near.c.user_id).join(post, true()), post, key).c.row_id)


def _first(posts: AnySelect, post: LateralFromClause, key: PageKey) -> Subquery:
    """Select the first of these posts, as many as the page has rows. Co-authors have the same post."""
    found = posts.with_only_columns(post.c.sort_key, post.c.row_id).distinct()
    return found.order_by(*key.sorted(post.c.sort_key, post.c.row_id)).limit(_PAGE_ROWS).subquery()


def _posts_of(author_id: AnyColumn, kind: str, key: PageKey) -> AnySelect:
    """Select the sort keys and ids of the first posts of an author after the cursor, by an index in this order."""
    links = select(PostAuthor.user_id).where(PostAuthor.user_id == author_id)
    shape = [] if kind == "all" else [PostAuthor.post_id.not_in(_PAGES)]
    conditions = (live_authored_posts(), *shape)
    return page_statement(Listing(links, PostAuthor.published_at, PostAuthor.post_id, conditions), key)
