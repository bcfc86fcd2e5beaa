"""Queries for uploads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, cast, exists, or_, select
from sqlalchemy.orm import contains_eager

from blog_api.crud.media import files
from blog_api.crud.rows import get_or_404, read_one
from blog_api.database.columns import BigInt, JsonText
from blog_api.database.functions import JsonObject
from blog_api.database.session import db
from blog_api.models.media import Media, MediaFile, MediaUse
from blog_api.models.posts import Post
from blog_api.models.users import User
from blog_api.models.working_copies import WorkingCopy
from blog_api.paging.filtered import FilteredList
from blog_api.paging.pages import Page, PageRequest
from blog_api.policies.posts import parameters_of, trashed_posts, visible_posts
from blog_api.policies.viewers import Viewer, audience_of, is_editor
from blog_api.problems import Conflict
from blog_api.text.media_paths import describe_variants

_MISSING = "There is no upload with this id, or it is not yours."
_VIEWER_ID = bindparam("viewer_id", type_=BigInt)
_OWN = Media.author_id == _VIEWER_ID
_AUTHOR = cast(JsonObject(User.id, User.username, User.display_name), JsonText)
UPLOADS = (
    select(
        Media.id, Media.filename, Media.alt, Media.caption, Media.created_at, Media.updated_at, Media.version,
        MediaFile.key, MediaFile.sha256, MediaFile.variants, Media.author_id, _AUTHOR.label("author"),
    )
    .join(MediaFile, MediaFile.id == Media.file_id)
    .outerjoin(User, User.id == Media.author_id)
)  # fmt: skip
_WITH_FILE = select(Media).join(Media.file).options(contains_eager(Media.file))


@lru_cache
def _listing(own: bool) -> FilteredList:
    conditions: tuple[ColumnElement[bool], ...] = (_OWN,) if own else ()
    return FilteredList(
        UPLOADS,
        Media.id,
        sorts={"id": Media.id},
        filters=(Media.author_id, MediaFile.sha256),
        conditions=conditions,
    )


def list_media(page: PageRequest, filters: dict[str, Any], viewer: Viewer) -> Page:
    """Read a page of uploads. Editors see all, others their own."""
    own = not is_editor(viewer)
    found = _listing(own).read(page, filters, {"viewer_id": viewer.id} if own else {})
    return replace(found, data=[shown_upload(row) for row in found.data])


def read_media(media_id: int, viewer: Viewer) -> dict[str, Any]:
    """Return an upload. Raises NotFound unless it exists and the viewer may manage it."""
    statement = UPLOADS.where(Media.id == bindparam("media_id"), *_conditions(viewer))
    return shown_upload(read_one(statement, {"media_id": media_id, "viewer_id": viewer.id}, _MISSING))


def get_media(media_id: int, viewer: Viewer) -> Media:
    """Load an upload for editing. Raises NotFound unless it exists and the viewer may manage it."""
    statement: Select[Media] = select(Media).where(Media.id == media_id, *_conditions(viewer))
    return get_or_404(statement, {"viewer_id": viewer.id}, _MISSING)


def lock_media(media_id: int, viewer: Viewer) -> Media:
    """Lock an upload against new uses, and load it like `get_media`."""
    statement: Select[Media] = select(Media).where(Media.id == media_id, *_conditions(viewer))
    return get_or_404(statement.with_for_update(), {"viewer_id": viewer.id}, _MISSING)


def _conditions(viewer: Viewer) -> tuple[ColumnElement[bool], ...]:
    return () if is_editor(viewer) else (_OWN,)


def shown_upload(row: dict[str, Any]) -> dict[str, Any]:
    """Return the members of an upload. The address, type and size are those of the largest variant."""
    key, stored, author_id = row.pop("key"), row["variants"], row.pop("author_id")
    variants = describe_variants(key, stored)
    author = None if author_id is None else row["author"]
    return {**row, **variants[-1], "bytes": stored[-1]["bytes"], "variants": variants, "author": author}


def find_own_upload(author_id: int, sha256: str) -> Media | None:
    """Return the first upload of this file by this user, with the stored file, or None."""
    statement = _WITH_FILE.where(Media.author_id == author_id, MediaFile.sha256 == sha256)
    return db.session.scalars(statement.order_by(Media.id).limit(1)).one_or_none()


def load_upload(media_id: int) -> Media:
    """Load the upload of any user, with the stored file. Raises NotFound."""
    return get_or_404(_WITH_FILE.where(Media.id == media_id), {}, _MISSING)


def add_media(file_id: int, author_id: int, values: dict[str, Any]) -> dict[str, Any]:
    """Insert an upload of a ready file, and return it for the response. `values` are its file name and texts."""
    media = Media(file_id=file_id, author_id=author_id, **values)
    db.session.add(media)
    db.session.flush()
    # Read it in the same transaction: after the commit, no failure may hide that the upload exists.
    return shown_upload(read_one(UPLOADS.where(Media.id == media.id), {}, _MISSING))


def delete_media(media: Media, viewer: Viewer) -> MediaFile | None:
    """Delete a locked upload. If no other upload shares its file, mark the file as deleted and return it.

    Locks the upload before the file, in the same order as `add_uses`. Raises Conflict if a post, a working copy or an
    account uses the picture, with the ids of the posts that the viewer may see.
    """
    file = files.lock_file(media.file_id)
    is_last = files.is_last_upload(media)
    uses = or_(MediaUse.media_id == media.id, MediaUse.file_id == (media.file_id if is_last else None))
    if db.session.execute(select(exists().where(uses))).scalar_one():
        raise Conflict(_refusal(_find_posts(uses, viewer)))
    db.session.delete(media)
    db.session.flush()
    if is_last:
        file.state = files.DELETING
        db.session.flush()
    return file if is_last else None


def _find_posts(uses: ColumnElement[bool], viewer: Viewer) -> Sequence[int]:
    """Return up to five ids of posts that use a picture, including posts in the trash and working copies."""
    audience = audience_of(viewer)
    by_posts = select(MediaUse.post_id).where(uses, MediaUse.post_id.is_not(None))
    by_copies = (
        select(WorkingCopy.post_id).join(MediaUse, MediaUse.working_copy_id == WorkingCopy.id).where(uses)
    )
    statement = select(Post.id).where(
        or_(Post.id.in_(by_posts), Post.id.in_(by_copies)),
        or_(visible_posts(audience), trashed_posts(audience)),
    )
    return db.session.scalars(statement.order_by(Post.id).limit(5), parameters_of(viewer)).all()


def _refusal(post_ids: Sequence[int]) -> str:
    if not post_ids:
        return "An account uses this picture, or a post that you may not see. Ask an editor."
    posts = ", ".join(map(str, post_ids))
    return f"Posts use this picture: {posts}. Remove it there first, also from the trash and from working copies."
