"""Insert the pictures of another blog, with their uploads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from blog_api.crud.media.files import PENDING, READY
from blog_api.database.session import db
from blog_api.models.media import Media, MediaFile, StoredVariant


class NewUpload(NamedTuple):
    """An upload to insert: the id of its owner, if there is one, its file name and texts."""

    author_id: int | None
    filename: str
    alt: str
    caption: str
    created_at: datetime


def find_file(key: str) -> MediaFile | None:
    """Return the file with this key, in any state, or None."""
    return db.session.scalars(select(MediaFile).where(MediaFile.key == key)).one_or_none()


def add_pending_file(key: str, sha256: str, variants: list[StoredVariant], created_at: datetime) -> MediaFile:
    """Insert a file whose objects are not stored yet."""
    file = MediaFile(key=key, sha256=sha256, state=PENDING, variants=variants, created_at=created_at)
    db.session.add(file)
    db.session.flush()
    return file


def add_missing_uploads(file_id: int, uploads: Iterable[NewUpload]) -> list[int]:
    """Insert those uploads of a file that do not exist yet: each owner has one for each file name.

    Return the ids of all of them.
    """
    columns = select(Media.id, Media.author_id, Media.filename).where(Media.file_id == file_id)
    known: dict[tuple[int | None, str], list[int]] = {}
    for row in db.session.execute(columns.order_by(Media.id)):
        known.setdefault((row.author_id, row.filename), []).append(row.id)
    ids = []
    for upload in uploads:
        if equal := known.get((upload.author_id, upload.filename)):
            # Each stands for only one of several equal ones.
            ids.append(equal.pop(0))
        else:
            media = Media(file_id=file_id, **upload._asdict())
            db.session.add(media)
            db.session.flush()
            ids.append(media.id)
    return ids


def find_upload(key: str, place: int) -> int | None:
    """Return the id of an upload of the file with this key: the one at this place, else the first one, or None."""
    statement = select(Media.id).join(Media.file).where(MediaFile.key == key, MediaFile.state == READY)
    ids = db.session.scalars(statement.order_by(Media.id).limit(place + 1)).all()
    return ids[place] if place < len(ids) else next(iter(ids), None)
