"""Find what the site shows at a path: a post, a tag or a user, also by aliases and former addresses."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import BindParameter, bindparam, select

from blog_api.context import exchange
from blog_api.crud.posts.members import url_of
from blog_api.database.session import execute_rows
from blog_api.models.addresses import PostSlug, Redirect, TagSlug, Username
from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.policies.accounts import visible_accounts
from blog_api.policies.posts import parameters_of, visible_posts
from blog_api.policies.tags import visible_tags
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import NotFound
from blog_api.text.folding import fold
from blog_api.text.paths import other_spelling
from blog_api.text.permalinks import Kind, Permalinks, Target, path_of


def resolve(path: str, viewer: Viewer | None) -> dict[str, Any]:
    """Return the type, id, slug and url of what the viewer may see at a canonical path.

    What is at the path now comes first, then aliases and redirects, then former addresses. Raises NotFound.
    """
    found = _pages_at(path, audience_of(viewer), viewer)
    present = next((page for page in found if _is_at(path, page)), None)
    page = present or _follow_redirect(path, viewer) or next(iter(found), None)
    if page is None:
        raise NotFound("The site shows nothing at this path.")
    return page


def find_page(path: str) -> dict[str, Any] | None:
    """Return what is at a canonical path now, whoever may see it, as `resolve` does."""
    return next((page for page in _pages_at(path, Audience.EDITORS, None) if _is_at(path, page)), None)


def path_on_site(target: str) -> str | None:
    """Return the canonical path of a target on the site, or None if it is elsewhere."""
    host = urlsplit(target).netloc
    permalinks: Permalinks = exchange.permalinks
    own = {urlsplit(template).netloc for template in permalinks.templates.values() if template}
    return path_of(target) if not host or host in own else None


def _pages_at(path: str, audience: Audience, viewer: Viewer | None) -> list[dict[str, Any]]:
    permalinks: Permalinks = exchange.permalinks
    rows = ((target.kind, _find(target, audience, viewer)) for target in permalinks.targets_at(path))
    return [_page(kind, row) for kind, row in rows if row is not None]


def _is_at(path: str, page: dict[str, Any]) -> bool:
    return path_of(page["url"]) in (path, other_spelling(path))


def _find(target: Target, audience: Audience, viewer: Viewer | None) -> AnyRow | None:
    by_id = target.id is not None
    key = target.id or (fold(target.slug or "") if target.kind == "user" else target.slug)
    statement = _statement(target.kind, audience, by_id)
    return execute_rows(statement, parameters_of(viewer) | {"key": key}).one_or_none()


@lru_cache
def _statement(kind: Kind, audience: Audience, by_id: bool) -> AnySelect:
    key: BindParameter[Any] = bindparam("key")
    if kind == "post":
        posts = select(Post.id, Post.slug, Post.published_at).where(visible_posts(audience))
        named = posts.join(PostSlug, PostSlug.post_id == Post.id).where(PostSlug.slug == key)
        return posts.where(Post.id == key) if by_id else named
    if kind == "tag":
        tags = select(Tag.id, Tag.slug).where(visible_tags(audience))
        named_tags = tags.join(TagSlug, TagSlug.tag_id == Tag.id).where(TagSlug.slug == key)
        return tags.where(Tag.id == key) if by_id else named_tags
    is_public = audience is Audience.EVERYONE
    users = select(User.id, User.username.label("slug")).where(visible_accounts(is_public=is_public))
    named_users = users.join(Username, Username.user_id == User.id).where(Username.username_key == key)
    return users.where(User.id == key) if by_id else named_users


def _page(kind: Kind, row: AnyRow) -> dict[str, Any]:
    permalinks: Permalinks = exchange.permalinks
    urls = {"tag": permalinks.tag_url, "user": permalinks.user_url}
    url = url_of(row.id, row.slug, row.published_at) if kind == "post" else urls[kind](row.id, row.slug)
    return {"type": kind, "id": row.id, "slug": row.slug, "url": url}


def _follow_redirect(path: str, viewer: Viewer | None) -> dict[str, Any] | None:
    """Return the post of an alias, or what the site shows at the target of a redirect."""
    audience, spellings = audience_of(viewer), [path, other_spelling(path)]
    for row in execute_rows(_redirects(audience), parameters_of(viewer) | {"paths": spellings, "path": path}):
        if row.id is not None:
            return _page("post", row)
        target = path_on_site(row.target) if row.target else None
        if target and (pages := _pages_at(target, audience, viewer)):
            return pages[0]
    return None


@lru_cache
def _redirects(audience: Audience) -> AnySelect:
    """Select the redirects from any of `paths`, that from `path` first, with their posts if the audience sees them."""
    is_other = Redirect.path != bindparam("path")
    return (
        select(Redirect.target, Post.id, Post.slug, Post.published_at)
        .outerjoin(Post, (Post.id == Redirect.post_id) & visible_posts(audience))
        .where(Redirect.path.in_(bindparam("paths", expanding=True)))
        .order_by(is_other)
    )
