"""Find what the site shows at a path: a post, a tag or a user, also by aliases and former addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import BindParameter, ColumnElement, bindparam, case, select
from sqlalchemy.orm import InstrumentedAttribute

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
from blog_api.text.permalinks import Kind, Permalinks, path_of


class SitePage(NamedTuple):
    """A post, tag or user that the site shows, or used to show, at a path."""

    type: Kind
    id: int
    slug: str
    url: str | None
    is_visible: bool
    # Whether this is its present address.
    is_present: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the members that `resolve` shows."""
        return {"type": self.type, "id": self.id, "slug": self.slug, "url": self.url}


def resolve(path: str, viewer: Viewer | None) -> dict[str, Any]:
    """Return the type, id, slug and url of what the viewer may see at a canonical path.

    What is at the path now comes first, then aliases and redirects, then former addresses. Raises NotFound.
    """
    found = [page for page in pages_at([path], viewer)[path] if page.is_visible]
    present = next((page for page in found if page.is_present), None)
    page = present or _follow_redirect(path, viewer) or next(iter(found), None)
    if page is None:
        raise NotFound("The site shows nothing at this path.")
    return page.as_dict()


def pages_at(paths: Iterable[str], viewer: Viewer | None) -> dict[str, list[SitePage]]:
    """Return the pages at each of these canonical paths, also those that the viewer may not see.

    Runs at most one query for posts, one for tags and one for users.
    """
    permalinks: Permalinks = exchange.permalinks
    found: dict[str, list[SitePage]] = {path: [] for path in paths}
    paths_of: dict[tuple[Kind, bool], dict[int | str, list[str]]] = {}
    for path in found:
        for target in permalinks.targets_at(path):
            key = target.id or (fold(target.slug or "") if target.kind == "user" else target.slug or "")
            by_key = paths_of.setdefault((target.kind, target.id is not None), {})
            by_key.setdefault(key, []).append(path)
    for (kind, by_id), by_key in paths_of.items():
        parameters = parameters_of(viewer) | {"keys": list(by_key)}
        for row in execute_rows(_statement(kind, audience_of(viewer), by_id), parameters):
            url = _url(kind, row)
            for path in by_key[row.key]:
                is_present = path_of(url) in (path, other_spelling(path))
                found[path].append(SitePage(kind, row.id, row.slug, url, row.is_visible, is_present))
    return found


def path_on_site(target: str) -> str | None:
    """Return the canonical path of a target on the site, without its query, or None if it is elsewhere."""
    permalinks: Permalinks = exchange.permalinks
    site = _site(target)
    own = {_site(template) for template in permalinks.templates.values() if template}
    if site[0] is not None and site not in own:
        return None
    # Web servers merge slashes.
    return path_of(re.sub("/+", "/", urlsplit(target).path))


def _site(url: str) -> tuple[str | None, int | None]:
    """Return the host and port of a URL, equal for http and https on their default ports."""
    parts = urlsplit(url)
    return parts.hostname, None if parts.port in (80, 443) else parts.port


@lru_cache
def _statement(kind: Kind, audience: Audience, by_id: bool) -> AnySelect:
    """Select what has one of the ids, or of the present and former slugs, in `keys`."""
    visible: ColumnElement[bool]
    statement: AnySelect
    id_: InstrumentedAttribute[int]
    key: InstrumentedAttribute[str]
    if kind == "post":
        visible, id_, key = visible_posts(audience), Post.id, PostSlug.slug
        statement = select(Post.id, Post.slug, Post.published_at)
        named = statement.join(PostSlug, PostSlug.post_id == Post.id)
    elif kind == "tag":
        visible, id_, key = visible_tags(audience), Tag.id, TagSlug.slug
        statement = select(Tag.id, Tag.slug)
        named = statement.join(TagSlug, TagSlug.tag_id == Tag.id)
    else:
        visible = visible_accounts(is_public=audience is Audience.EVERYONE)
        id_, key = User.id, Username.username_key
        statement = select(User.id, User.username.label("slug"))
        named = statement.join(Username, Username.user_id == User.id)
    keys: BindParameter[Any] = bindparam("keys", expanding=True)
    is_visible = case((visible, True), else_=False).label("is_visible")
    if by_id:
        return statement.add_columns(id_.label("key"), is_visible).where(id_.in_(keys))
    return named.add_columns(key.label("key"), is_visible).where(key.in_(keys))


def _url(kind: Kind, row: AnyRow) -> str | None:
    permalinks: Permalinks = exchange.permalinks
    if kind == "post":
        return url_of(row.id, row.slug, row.published_at)
    return (permalinks.tag_url if kind == "tag" else permalinks.user_url)(row.id, row.slug)


def _follow_redirect(path: str, viewer: Viewer | None) -> SitePage | None:
    """Return the post of an alias, or what the site shows at the target of a redirect."""
    audience, spellings = audience_of(viewer), [path, other_spelling(path)]
    for row in execute_rows(_redirects(audience), parameters_of(viewer) | {"paths": spellings, "path": path}):
        if row.id is not None:
            return SitePage("post", row.id, row.slug, _url("post", row), True, True)
        target = path_on_site(row.target) if row.target else None
        pages = pages_at([target], viewer)[target] if target else []
        if visible := [page for page in pages if page.is_visible]:
            return visible[0]
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
