"""Queries for previews: links that show a post to anyone who has the token."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, cast, delete, func, select

from blog_api.crud.former_tags import present_tag_names
from blog_api.crud.history.revisions import get_revision
from blog_api.crud.history.working_copies import find_copy
from blog_api.crud.posts.members import LOADER_OPTIONS, post_to_dict, url_of
from blog_api.crud.posts.rendering import is_trusted, render_content
from blog_api.crud.rows import get_or_404
from blog_api.database.columns import JsonText, utcnow
from blog_api.database.functions import JsonObject
from blog_api.database.session import db, execute_rows
from blog_api.models.post_content import PostContent, Snapshot
from blog_api.models.posts import Post
from blog_api.models.previews import Preview
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.paging.filtered import FilteredList
from blog_api.paging.pages import Page, PageRequest
from blog_api.policies.metadata import shown_metadata
from blog_api.policies.posts import editable_posts, parameters_of
from blog_api.policies.viewers import Viewer
from blog_api.problems import Conflict, NotFound
from blog_api.text.folding import fold_tag

# Per post. Expired ones count until they are cleaned up.
MAX_PREVIEWS = 100
ENDED = "The preview has ended, or there is none with this token."

_AUTHOR = cast(JsonObject(User.id, User.username, User.display_name), JsonText)
_PREVIEWS = FilteredList(
    select(Preview.id, Preview.revision, _AUTHOR.label("author"), Preview.created_at, Preview.expires_at)
    .join(User, User.id == Preview.user_id)
    .where(Preview.expires_at > bindparam("now", type_=Preview.expires_at.type)),
    Preview.id,
    sorts={"id": Preview.id},
    filters=(Preview.post_id,),
)
_BY_DIGEST = (
    select(Preview.post_id, Preview.revision, User.id, User.username, User.role)
    .join(User, User.id == Preview.user_id)
    .where(
        Preview.digest == bindparam("digest"),
        Preview.expires_at > bindparam("now", type_=Preview.expires_at.type),
        User.is_active,
    )
)


def create_preview(
    post: Post, user_id: int, digest: str, expires_at: datetime, revision: int | None
) -> Preview:
    """Create a preview of a post or of one of its revisions.

    Raises NotFound if there is no such revision, Conflict if the post has MAX_PREVIEWS previews.
    """
    if revision is not None:
        get_revision(post.id, revision)
    made = select(func.count()).select_from(Preview).where(Preview.post_id == post.id)
    if db.session.execute(made).scalar_one() >= MAX_PREVIEWS:
        raise Conflict(f"The post already has {MAX_PREVIEWS} previews. Delete some first.")
    preview = Preview(
        post_id=post.id, user_id=user_id, digest=digest, expires_at=expires_at, revision=revision
    )
    db.session.add(preview)
    db.session.flush()
    return preview


def list_previews(post_id: int, page: PageRequest) -> Page:
    """Read a page of the previews of a post that have not expired."""
    return _PREVIEWS.read(page, {"post_id": post_id}, {"now": utcnow()})


def delete_preview(preview_id: int, viewer: Viewer) -> None:
    """Delete a preview. Raises NotFound unless the viewer may edit its post."""
    own = select(Preview).join(Post, Post.id == Preview.post_id)
    statement = own.where(Preview.id == preview_id, editable_posts(viewer))
    db.session.delete(
        get_or_404(statement, parameters_of(viewer), "There is no such preview of a post that you may edit.")
    )
    db.session.flush()


def delete_previews(user_id: int) -> None:
    """Delete all previews that an account has made."""
    db.session.execute(delete(Preview).where(Preview.user_id == user_id))


def read_preview(digest: str) -> dict[str, Any]:
    """Return the post as the preview with this digest shows it.

    Raises NotFound if the preview has expired, or if its maker may no longer edit the post.
    """
    row = execute_rows(_BY_DIGEST, {"digest": digest, "now": utcnow()}).one_or_none()
    if row is None:
        raise NotFound(ENDED)
    maker = Viewer(row.id, row.username, row.role, session_id=0)
    statement = select(Post).where(Post.id == row.post_id, editable_posts(maker)).options(*LOADER_OPTIONS)
    post = get_or_404(statement, parameters_of(maker), ENDED)
    return _shown(post, _find_saved(post, row.revision))


def _find_saved(post: Post, revision: int | None) -> Snapshot | None:
    """Return the revision to show, or else what is to be published of a live post next, if there is anything."""
    if revision is not None:
        return get_revision(post.id, revision)
    return find_copy(post.id) if post.status == "published" else None


def _shown(post: Post, saved: Snapshot | None) -> dict[str, Any]:
    """Return the members of the post, with those of the snapshot in place of its own, and its rendered content.

    Renders the content on demand, because most saved content is never previewed.
    """
    # A token does not permit editing the post.
    shown = post_to_dict(post, None)
    if saved is not None:
        shown |= {name: getattr(saved, name) for name in shown.keys() & PostContent.__annotations__.keys()}
        shown |= {
            "metadata": shown_metadata(saved.custom, None, (), saved.status),
            "aliases": saved.aliases,
            "tags": _tags(saved.tags),
        }
        shown["url"] = url_of(post.id, saved.slug, saved.published_at)
    rendered = render_content(shown["content"], trusted=is_trusted(post))
    html = {name: rendered.rendering[name] for name in ("html", "toc")}
    return shown | rendered.counts | html | {"version": None}


def _tags(names: list[str]) -> list[dict[str, Any]]:
    """Return the tags with these names, also those that do not exist yet."""
    present = present_tag_names(names)
    found = select(Tag.id, Tag.name, Tag.slug, Tag.name_key).where(Tag.name_key.in_(map(fold_tag, present)))
    known = {row.name_key: row._asdict() for row in execute_rows(found, {})}
    return [known.get(fold_tag(name), {"id": None, "name": name, "slug": None}) for name in present]
