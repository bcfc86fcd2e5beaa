"""Queries for the redirects of the site.

They come from aliases of posts, from former addresses of posts, tags and users, and from editors. A redirect is visible
to those who may see its target.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    String,
    and_,
    cast,
    literal_column,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from blog_api.context import exchange
from blog_api.crud.posts.members import url_of
from blog_api.crud.rows import get_or_404, read_one
from blog_api.crud.site_paths import SitePage, pages_at, path_on_site
from blog_api.database.columns import BigInt, UtcDateTime
from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db
from blog_api.models.addresses import PostSlug, Redirect, TagSlug, Username
from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.paging.pages import AnySelect, Listing, Page, PageRequest, read_page
from blog_api.policies.accounts import visible_accounts
from blog_api.policies.posts import parameters_of, visible_posts
from blog_api.policies.tags import visible_tags
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import Conflict, Fault, InvalidInput, NotFound
from blog_api.text.paths import other_spelling
from blog_api.text.permalinks import Permalinks, path_of

_MISSING = "There is no redirect with this id."
# The columns of the list, NULL where they do not apply, and the kinds of rows.
_COLUMNS: dict[str, TypeEngine[Any]] = {
    "path": String(), "target": String(), "entity_id": BigInt, "slug": String(), "published_at": UtcDateTime(),
    "former_slug": String(), "public_at": UtcDateTime(),
}  # fmt: skip
_REDIRECT, _POST, _TAG, _USER = range(4)
# The first number is an arbitrary namespace.
_LOCK = text("SELECT pg_advisory_xact_lock(7203414, 0)")
# Redirects are never updated, so their version is constant.
_REDIRECT_BY_ID: AnySelect = select(
    Redirect.id, Redirect.path.label("from"), Redirect.target.label("to"),
    literal_column("'redirect'").label("source"), literal_column("1").label("version"),
)  # fmt: skip


def _columns(
    kind: int, id_: InstrumentedAttribute[int], **given: InstrumentedAttribute[Any]
) -> list[Label[Any]]:
    columns: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
        name: given.get(name, cast(null(), kind_of)) for name, kind_of in _COLUMNS.items()
    }
    columns |= {"kind": literal_column(str(kind), BigInt), "id": id_}
    return [column.label(name) for name, column in columns.items()]


@lru_cache
def _listing(audience: Audience) -> Listing:
    post = {"entity_id": Post.id, "slug": Post.slug, "published_at": Post.published_at}
    given = _columns(_REDIRECT, Redirect.id, path=Redirect.path, target=Redirect.target, **post)
    of_posts = _columns(_POST, PostSlug.id, former_slug=PostSlug.slug, public_at=PostSlug.public_at, **post)
    of_tags = _columns(_TAG, TagSlug.id, entity_id=Tag.id, slug=Tag.slug, former_slug=TagSlug.slug)
    of_users = _columns(
        _USER, Username.id, entity_id=User.id, slug=User.username, former_slug=Username.username_key
    )
    was_elsewhere = or_(PostSlug.slug != Post.slug, PostSlug.public_at != Post.published_at)
    is_public = audience is Audience.EVERYONE
    rows = union_all(
        select(*given)
        .outerjoin(Post, Post.id == Redirect.post_id)
        .where(or_(Redirect.post_id.is_(None), visible_posts(audience))),
        select(*of_posts)
        .join(Post, Post.id == PostSlug.post_id)
        .where(visible_posts(audience), PostSlug.public_at.is_not(None), was_elsewhere),
        select(*of_tags)
        .join(Tag, Tag.id == TagSlug.tag_id)
        .where(visible_tags(audience), TagSlug.slug != Tag.slug),
        select(*of_users)
        .join(User, User.id == Username.user_id)
        .where(visible_accounts(is_public=is_public), Username.username_key != User.username_key),
    ).subquery()
    return Listing(select(rows), rows.c.kind, rows.c.id)


def list_redirects(page: PageRequest, viewer: Viewer | None) -> Page:
    """Read a page of redirects.

    Leaves out redirects to pages that the viewer may not see, and those from a path where the site now shows a page,
    which they would hide or which could redirect back.
    """
    found = read_page(_listing(audience_of(viewer)), page, parameters_of(viewer))
    entries = [entry for row in found.data if (entry := _entry(row))]
    targets = {entry["to"]: path_on_site(entry["to"]) for entry in entries if entry["source"] == "redirect"}
    pages = pages_at(
        {entry["from"] for entry in entries} | {path for path in targets.values() if path}, viewer
    )
    hidden = {target for target, path in targets.items() if path and _is_hidden(pages[path])}
    occupied = {
        path for path, shown in pages.items() if any(page.is_visible and page.is_present for page in shown)
    }
    shown = [entry for entry in entries if entry["from"] not in occupied and entry["to"] not in hidden]
    return replace(found, data=shown)


def _is_hidden(pages: list[SitePage]) -> bool:
    """Return whether the site shows something at a path, but nothing that the viewer may see."""
    return bool(pages) and not any(page.is_visible for page in pages)


def _entry(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return a row of the list as a redirect, or None if it does not lead to another path."""
    permalinks: Permalinks = exchange.permalinks
    kind, entity_id, slug, former = row["kind"], row["entity_id"], row["slug"], row["former_slug"]
    if kind == _REDIRECT and entity_id is None:
        return {"id": row["id"], "from": row["path"], "to": row["target"], "source": "redirect"}
    if kind == _TAG:
        before, now = permalinks.tag_url(entity_id, former), permalinks.tag_url(entity_id, slug)
    elif kind == _USER:
        before, now = permalinks.user_url(entity_id, former), permalinks.user_url(entity_id, slug)
    else:
        before = url_of(entity_id, former, row["public_at"]) if former else None
        now = url_of(entity_id, slug, row["published_at"])
    path = row["path"] or path_of(before)
    if path is None or path == path_of(now):
        return None
    return {"id": None, "from": path, "to": now, "source": "alias" if kind == _REDIRECT else "former"}


def read_redirect(redirect_id: int, viewer: Viewer | None) -> dict[str, Any]:
    """Read one redirect that an editor added. Raises NotFound if the viewer may not see what is at its target."""
    own = _REDIRECT_BY_ID.where(Redirect.id == redirect_id, Redirect.target.is_not(None))
    redirect = read_one(own, {}, _MISSING)
    path = path_on_site(redirect["to"])
    if path and _is_hidden(pages_at([path], viewer)[path]):
        raise NotFound(_MISSING)
    return redirect


def has_redirect(path: str, target: str) -> bool:
    """Return whether there is this redirect."""
    return _exists(and_(Redirect.path == path, Redirect.target == target))


def create_redirect(path: str, target: str, viewer: Viewer) -> Redirect:
    """Create a redirect from a path of the site to a path or URL.

    Raises Conflict if the path is taken, if the site shows something there, or if the redirect would be part of a
    chain; InvalidInput if it leads back to its own path.
    """
    target_path = path_on_site(target)
    if target_path in (path, other_spelling(path)):
        raise InvalidInput(faults=[Fault("A redirect must not lead to its own path.", "circular", "/to")])
    for page in pages_at([path], viewer)[path]:
        if page.is_visible and page.is_present:
            raise _conflict(f"The site shows a {page.type} at this path.", "/from")
    if is_postgresql():
        # Otherwise two concurrent requests could add redirects to each other.
        db.session.execute(_LOCK)
    if target_path and _exists(Redirect.path.in_([target_path, other_spelling(target_path)])):
        raise _conflict("This path redirects elsewhere. Redirect to where it leads.", "/to")
    if _exists(Redirect.target.in_([path, other_spelling(path)])):
        raise _conflict("Another redirect leads to this path. Change that one first.", "/from")
    redirect = Redirect(path=path, target=target)
    try:
        with db.session.begin_nested():
            db.session.add(redirect)
    except IntegrityError:
        raise _conflict("A post or another redirect has this path.", "/from") from None
    return redirect


def _exists(condition: ColumnElement[bool]) -> bool:
    return bool(db.session.scalar(select(select(Redirect.id).where(condition).exists())))


def _conflict(detail: str, pointer: str) -> Conflict:
    return Conflict(detail, faults=[Fault(detail, "taken", pointer)])


def delete_redirect(redirect_id: int) -> None:
    """Delete a redirect that an editor added. Raises NotFound."""
    own = select(Redirect).where(Redirect.id == redirect_id, Redirect.target.is_not(None))
    db.session.delete(get_or_404(own.with_for_update(), {}, _MISSING))
    db.session.flush()
