"""Queries for comparing stored files with the objects in the media store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from blog_api.database.session import db, reading
from blog_api.models.media import Media, MediaFile, MediaUse
from blog_api.models.working_copies import WorkingCopy

BATCH = 500


class References(NamedTuple):
    """The ids of the uploads, posts and accounts that refer to a file. Posts include those of working copies."""

    uploads: list[int]
    posts: list[int]
    accounts: list[int]


def all_files() -> Iterator[MediaFile]:
    """Yield all files in key order, reading them in batches."""
    statement = select(MediaFile).order_by(MediaFile.key).limit(BATCH)
    after = ""
    while True:
        with reading() as session:
            found = session.scalars(statement.where(MediaFile.key > after)).all()
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1].key


def find_state(key: str) -> str | None:
    """Return the state of a file, or None if there is none with this key."""
    return db.session.execute(select(MediaFile.state).where(MediaFile.key == key)).scalar_one_or_none()


def find_references(file_id: int) -> References:
    """Return what refers to a file."""
    post_id: ColumnElement[int | None] = func.coalesce(MediaUse.post_id, WorkingCopy.post_id)
    uses = select(post_id, MediaUse.user_id).where(MediaUse.file_id == file_id)
    uses = uses.outerjoin(WorkingCopy, WorkingCopy.id == MediaUse.working_copy_id)
    rows = db.session.execute(uses).all()
    uploads = db.session.scalars(select(Media.id).where(Media.file_id == file_id).order_by(Media.id))
    return References(
        list(uploads),
        sorted({post for post, _ in rows if post is not None}),
        sorted({account for _, account in rows if account is not None}),
    )
