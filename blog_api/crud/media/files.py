"""Queries for stored files. Their objects are in the media store (services/media.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import delete, exists, select, update

from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.media.pictures import Variant
from blog_api.models.media import Media, MediaFile, StoredVariant
from blog_api.problems import Unavailable

_UNSYNCHRONIZED = {"synchronize_session": False}
PENDING, READY, DELETING = "pending", "ready", "deleting"
# An upload that began this long ago has been interrupted.
MAX_UPLOAD_TIME = timedelta(days=1)


def find_ready_file(sha256: str) -> MediaFile | None:
    """Return the file of an equal upload, locked against deletion, or None."""
    statement = select(MediaFile).where(MediaFile.sha256 == sha256, MediaFile.state == READY)
    return db.session.scalars(statement.with_for_update(key_share=True, read=True)).one_or_none()


def find_ready_files(keys: Iterable[str]) -> Sequence[MediaFile]:
    """Return the files with these keys, in the order of their ids, locked against deletion."""
    statement = select(MediaFile).where(MediaFile.key.in_(set(keys)), MediaFile.state == READY)
    return db.session.scalars(
        statement.order_by(MediaFile.id).with_for_update(key_share=True, read=True)
    ).all()


def add_pending_file(key: str, sha256: str, variants: Iterable[Variant]) -> MediaFile:
    """Insert a file whose objects are not stored yet."""
    stored: list[StoredVariant] = [
        {"width": variant.width, "height": variant.height, "bytes": len(variant.data)} for variant in variants
    ]
    file = MediaFile(key=key, sha256=sha256, state=PENDING, variants=stored)
    db.session.add(file)
    db.session.flush()
    return file


def mark_ready(file_id: int) -> None:
    """Mark a pending file as ready, now that its objects are stored.

    Raises IntegrityError if an equal file is ready, Unavailable if the upload took so long that it was cleaned up.
    """
    if not _mark(file_id, PENDING, READY):
        raise Unavailable("The upload took too long.")


def mark_deleting(file_id: int, former: str) -> None:
    """Mark a file as deleted, so that no new upload or post uses it, if its state is `former`."""
    _mark(file_id, former, DELETING)


def _mark(file_id: int, former: str, state: str) -> bool:
    marked = (
        update(MediaFile)
        .where(MediaFile.id == file_id, MediaFile.state == former)
        .values(state=state)
        .returning(MediaFile.id)
    )
    return db.session.execute(marked, execution_options=_UNSYNCHRONIZED).one_or_none() is not None


def is_last_upload(media: Media) -> bool:
    """Return whether no other upload has the file of this one."""
    others = exists().where(Media.file_id == media.file_id, Media.id != media.id)
    return not db.session.execute(select(others)).scalar_one()


def lock_file(file_id: int) -> MediaFile:
    """Lock a file against new uploads and uses of it, and return it."""
    statement = select(MediaFile).where(MediaFile.id == file_id)
    return db.session.scalars(statement.with_for_update()).one()


def delete_file(file_id: int) -> None:
    """Delete the row of a file whose objects have been deleted."""
    deleted = delete(MediaFile).where(MediaFile.id == file_id, MediaFile.state == DELETING)
    db.session.execute(deleted, execution_options=_UNSYNCHRONIZED)


def find_unfinished_files(limit: int) -> Sequence[MediaFile]:
    """Return files whose deletion or upload was interrupted, oldest first. Marks them all as `deleting`."""
    interrupted = (MediaFile.state == DELETING) | (
        (MediaFile.state == PENDING) & (MediaFile.created_at < utcnow() - MAX_UPLOAD_TIME)
    )
    statement = select(MediaFile).where(interrupted).order_by(MediaFile.created_at).limit(limit)
    found = db.session.scalars(statement.with_for_update(skip_locked=True)).all()
    for file in found:
        file.state = DELETING
    db.session.flush()
    return found


def list_files(after_id: int, limit: int) -> Sequence[MediaFile]:
    """Return files in the order of their ids, for comparing them with the objects in the store."""
    statement = select(MediaFile).where(MediaFile.id > after_id).order_by(MediaFile.id).limit(limit)
    return db.session.scalars(statement).all()
