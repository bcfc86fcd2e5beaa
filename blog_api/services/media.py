"""Store and delete pictures: rows in the database, objects in the media store.

No transaction is open while a picture is encoded or the store is accessed. Even if the process is killed, every object
has a row in `media_files`, and all objects of a `ready` row exist.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Sequence
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from blog_api.api.caching import check_version
from blog_api.auth import audit
from blog_api.crud.media import files, uploads
from blog_api.database.errors import violated_constraint
from blog_api.database.session import transaction
from blog_api.media.pictures import check_type, encode_picture
from blog_api.media.stores import Store
from blog_api.media.variants import Variant
from blog_api.models.media import MediaFile
from blog_api.policies.viewers import Viewer
from blog_api.problems import Problem, Unavailable

# Concurrent requests can upload and delete equal files.
_ATTEMPTS = 3
# After this many failures, consider the store down.
_MAX_FAILURES = 3
log = logging.getLogger(__name__)


class Upload(NamedTuple):
    """A picture to store: the file, its declared content type, its file name and texts, and the id of its author."""

    file: BinaryIO
    content_type: str | None
    values: dict[str, Any]
    author_id: int


class CleanUp(NamedTuple):
    """How many files `clean_up` has deleted, and whether it could delete all that it found."""

    deleted: int
    is_complete: bool


def create_upload(store: Store, upload: Upload, max_pixels: int) -> dict[str, Any]:
    """Store a picture in all its sizes, and return the upload for the response. Equal files are stored once.

    Raises InvalidInput if it is not a valid picture, Unavailable if the store is down.
    """
    check_type(upload.file, upload.content_type)
    upload.file.seek(0)
    # The stubs of BinaryIO lack `readinto`.
    sha256 = hashlib.file_digest(upload.file, "sha256").hexdigest()  # type: ignore[arg-type]
    variants: Sequence[Variant] | None = None
    for _ in range(_ATTEMPTS):
        if created := _reuse_file(sha256, upload):
            return created
        if variants is None:
            upload.file.seek(0)
            variants = encode_picture(upload.file, upload.content_type, max_pixels)
        if created := _add_file(store, sha256, variants, upload):
            return created
    raise Unavailable("Other requests are uploading and deleting the same file.")


def _reuse_file(sha256: str, upload: Upload) -> dict[str, Any] | None:
    """Add an upload of a file that is already stored. Return None if there is none."""
    with transaction():
        file = files.lock_ready_file(sha256)
        return None if file is None else uploads.add_media(file.id, upload.author_id, upload.values)


def _add_file(
    store: Store, sha256: str, variants: Sequence[Variant], upload: Upload
) -> dict[str, Any] | None:
    """Store a new file. Return None if another request has just stored an equal one."""
    with transaction():
        file = files.add_pending_file(secrets.token_hex(16), sha256, variants)
    _put_objects(store, file, variants)
    try:
        with transaction():
            if files.mark_ready(file.id):
                return uploads.add_media(file.id, upload.author_id, upload.values)
    except IntegrityError as error:
        _discard(store, file)
        if violated_constraint(error) in files.EQUAL_FILE_CONSTRAINTS:
            return None
        raise
    # `clean_up` has treated the upload as interrupted, possibly before all objects were stored.
    _finish_deletion(store, file)
    raise Unavailable("The upload took too long.")


def _put_objects(store: Store, file: MediaFile, variants: Sequence[Variant]) -> None:
    """Store the objects of a pending file. Raises Unavailable if the store is down or full.

    After an error the row stays until `clean_up` deletes it: a request that timed out can still create an object.
    """
    try:
        store.put(file.key, variants)
    except Exception:
        with contextlib.suppress(Unavailable):
            store.delete(file.key, _widths(file))
        raise


def _discard(store: Store, file: MediaFile) -> None:
    """Delete a pending file whose upload has failed. If that fails, `clean_up` deletes it later."""
    try:
        with transaction():
            is_marked = files.mark_deleting(file.id)
    except (Problem, SQLAlchemyError) as error:
        _log_unfinished(file, error)
    else:
        if is_marked:
            _finish_deletion(store, file)


def _finish_deletion(store: Store, file: MediaFile) -> bool:
    """Delete the objects of a file that is marked as deleted, and then its row. Return whether that succeeded.

    Errors are only logged, because the deletion is already committed; `clean_up` tries again.
    """
    try:
        store.delete(file.key, _widths(file))
        with transaction():
            files.delete_file(file.id)
    except (Problem, SQLAlchemyError) as error:
        _log_unfinished(file, error)
        return False
    return True


def _widths(file: MediaFile) -> list[int]:
    return [variant["width"] for variant in file.variants]


def _log_unfinished(file: MediaFile, error: Exception) -> None:
    log.warning("cannot delete a picture yet", extra={"fields": {"key": file.key, "reason": str(error)}})


def delete_upload(store: Store, media_id: int, viewer: Viewer) -> None:
    """Delete an upload, and its file if no other upload shares it.

    Raises NotFound, Conflict if the picture is in use, or PreconditionFailed if If-Match does not match.
    """
    with transaction():
        media = uploads.lock_media(media_id, viewer)
        check_version(media.version)
        file = uploads.delete_media(media, viewer)
        audit.record("media.deleted", user_id=media.author_id, detail=f"upload {media_id}, {media.filename}")
    if file is not None:
        _finish_deletion(store, file)


def clean_up(store: Store) -> CleanUp:
    """Delete the files whose upload or deletion was interrupted. Give up after a few failures."""
    deleted, failed = 0, list[int]()
    while len(failed) < _MAX_FAILURES:
        with transaction():
            file = files.find_interrupted_file(failed)
        if file is None:
            break
        if _finish_deletion(store, file):
            deleted += 1
        else:
            failed.append(file.id)
    if deleted:
        with transaction():
            audit.record("media.cleaned", user_id=None, detail=f"{deleted} files")
    return CleanUp(deleted, is_complete=not failed)
