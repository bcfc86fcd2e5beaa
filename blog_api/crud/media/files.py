"""Queries for stored files. Their objects are in the media store (services/media.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from sqlalchemy import Select, delete, exists, select, update

from blog_api.database.columns import utcnow
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.media.variants import Variant
from blog_api.models.media import Media, MediaFile, StoredVariant

PENDING, READY, DELETING = "pending", "ready", "deleting"
# The unique index on the digests of ready files. SQLite reports its columns.
EQUAL_FILE_CONSTRAINTS = ("ix_media_files_ready", "uq_media_files_sha256")
# A pending upload older than this was interrupted. No store takes that long to execute a request.
MAX_UPLOAD_TIME = timedelta(days=1)


def lock_ready_file(sha256: str) -> MediaFile | None:
    """Return the file of an equal upload, locked against deletion, or None."""
    statement = select(MediaFile).where(MediaFile.sha256 == sha256, MediaFile.state == READY)
    return db.session.scalars(statement.with_for_update(key_share=True, read=True)).one_or_none()


def find_ready_files(keys: Iterable[str]) -> Sequence[MediaFile]:
    """Return the files with these keys."""
    return db.session.scalars(_ready_files(keys)).all()


def lock_ready_files(keys: Iterable[str]) -> Sequence[MediaFile]:
    """Return the files with these keys, locked against deletion in the order of their ids."""
    statement = _ready_files(keys).order_by(MediaFile.id)
    return db.session.scalars(statement.with_for_update(key_share=True, read=True)).all()


def _ready_files(keys: Iterable[str]) -> Select[MediaFile]:
    return select(MediaFile).where(MediaFile.key.in_(set(keys)), MediaFile.state == READY)


def add_pending_file(key: str, sha256: str, variants: Iterable[Variant]) -> MediaFile:
    """Insert a file whose objects are not stored yet."""
    stored: list[StoredVariant] = [
        {"width": variant.width, "height": variant.height, "bytes": len(variant.data)} for variant in variants
    ]
    file = MediaFile(key=key, sha256=sha256, state=PENDING, variants=stored)
    db.session.add(file)
    db.session.flush()
    return file


def mark_ready(file_id: int) -> bool:
    """Mark a pending file as ready once its objects are stored. Return False if it is no longer pending.

    Raises IntegrityError (EQUAL_FILE_CONSTRAINTS) if an equal file is already ready.
    """
    return _mark_pending(file_id, READY)


def mark_deleting(file_id: int) -> bool:
    """Mark a pending file as deleted. Return False if it is no longer pending."""
    return _mark_pending(file_id, DELETING)


def _mark_pending(file_id: int, state: str) -> bool:
    marked = (
        update(MediaFile)
        .where(MediaFile.id == file_id, MediaFile.state == PENDING)
        .values(state=state)
        .returning(MediaFile.id)
    )
    return db.session.execute(marked, execution_options=UNSYNCHRONIZED).one_or_none() is not None


def is_last_upload(media: Media) -> bool:
    """Return whether no other upload shares the file of this one."""
    others = exists().where(Media.file_id == media.file_id, Media.id != media.id)
    return not db.session.execute(select(others)).scalar_one()


def lock_file(file_id: int) -> MediaFile:
    """Lock a file against new uploads and uses of it, and return it."""
    statement = select(MediaFile).where(MediaFile.id == file_id)
    return db.session.scalars(statement.with_for_update()).one()


def delete_file(file_id: int) -> None:
    """Delete the row of a file whose objects have been deleted."""
    deleted = delete(MediaFile).where(MediaFile.id == file_id, MediaFile.state == DELETING)
    db.session.execute(deleted, execution_options=UNSYNCHRONIZED)


def find_interrupted_file(excluded: Iterable[int]) -> MediaFile | None:
    """Return the oldest file whose upload or deletion was interrupted, marked as deleted, or None."""
    interrupted = (MediaFile.state == DELETING) | (
        (MediaFile.state == PENDING) & (MediaFile.created_at < utcnow() - MAX_UPLOAD_TIME)
    )
    statement = select(MediaFile).where(interrupted, MediaFile.id.not_in(excluded))
    statement = statement.order_by(MediaFile.created_at).limit(1).with_for_update(skip_locked=True)
    if file := db.session.scalars(statement).one_or_none():
        file.state = DELETING
    return file
