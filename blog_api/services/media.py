"""Store and delete pictures: rows in the database, objects in the media store.

No transaction is open while a picture is encoded or the store is asked. An object never exists without a row of
`media_files`, and a row is `ready` only while all its objects exist, wherever the process ends.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy.exc import IntegrityError

from blog_api.api.caching import check_version
from blog_api.crud.media import files, uploads
from blog_api.database.session import transaction
from blog_api.media.pictures import Variant, encode_picture
from blog_api.media.stores import Store
from blog_api.models.media import MediaFile
from blog_api.policies.viewers import Viewer
from blog_api.problems import Unavailable

# Files to clean up in one transaction.
BATCH = 100
# Equal files can be uploaded and deleted at the same time.
_ATTEMPTS = 3
log = logging.getLogger(__name__)


class Upload(NamedTuple):
    """A picture as a user sends it: the file, the type that they declare, the file name and texts, and their id."""

    file: BinaryIO
    content_type: str | None
    values: dict[str, Any]
    author_id: int


def store_upload(store: Store, upload: Upload, max_pixels: int) -> int:
    """Store a picture in all its sizes, and return the id of the upload. Equal files are stored once.

    Raises InvalidInput if it is not a valid picture, Unavailable if the store is down.
    """
    sha256 = _digest(upload.file)
    variants: Sequence[Variant] | None = None
    for _ in range(_ATTEMPTS):
        if (media_id := _reuse_file(sha256, upload)) is not None:
            return media_id
        if variants is None:
            upload.file.seek(0)
            variants = encode_picture(upload.file, upload.content_type, max_pixels)
        if (media_id := _add_file(store, sha256, variants, upload)) is not None:
            return media_id
    raise Unavailable("Others are uploading and deleting the same file.")


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    for chunk in iter(lambda: file.read(65_536), b""):
        digest.update(chunk)
    return digest.hexdigest()


def _reuse_file(sha256: str, upload: Upload) -> int | None:
    """Add an upload of a file that is already stored. Return None if there is none."""
    with transaction():
        file = files.find_ready_file(sha256)
        return None if file is None else uploads.add_media(file.id, upload.author_id, upload.values).id


def _add_file(store: Store, sha256: str, variants: Sequence[Variant], upload: Upload) -> int | None:
    """Store a new file. Return None if somebody else has just stored an equal one."""
    key = secrets.token_hex(16)
    with transaction():
        file = files.add_pending_file(key, sha256, variants)
    try:
        store.put(key, variants)
        with transaction():
            files.mark_ready(file.id)
            return uploads.add_media(file.id, upload.author_id, upload.values).id
    except IntegrityError:
        _discard(store, file)
        return None
    except Exception:
        _discard(store, file)
        raise


def _discard(store: Store, file: MediaFile) -> None:
    """Delete what has been stored of a pending file. If the store is down, `flask cleanup` does it later."""
    with transaction():
        files.mark_deleting(file.id, files.PENDING)
    _delete_objects(store, file)


def _delete_objects(store: Store, file: MediaFile) -> bool:
    """Delete the objects of a file, and then its row. Return False if the store is down."""
    try:
        store.delete(file.key, [variant["width"] for variant in file.variants])
    except Unavailable as error:
        log.warning("cannot delete a picture yet", extra={"fields": {"key": file.key, "reason": str(error)}})
        return False
    with transaction():
        files.delete_file(file.id)
    return True


def delete_upload(store: Store, media_id: int, viewer: Viewer) -> None:
    """Delete an upload, and its file if no other upload has it.

    Raises NotFound, Conflict if the picture is in use, or PreconditionFailed as If-Match says.
    """
    with transaction():
        media = uploads.get_media(media_id, viewer)
        check_version(media.version)
        file = uploads.delete_media(media)
    if file is not None:
        _delete_objects(store, file)


def clean_up(store: Store) -> int:
    """Delete the files whose upload or deletion was interrupted. Stop if the store is down. Return their number."""
    total = 0
    while True:
        with transaction():
            found = files.find_unfinished_files(BATCH)
        for file in found:
            if not _delete_objects(store, file):
                return total
            total += 1
        if len(found) < BATCH:
            return total
