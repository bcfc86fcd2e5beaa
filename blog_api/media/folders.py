"""A store of pictures in a folder.

obstore has one as well, but it does not sync files to the disk: after a power failure, a picture in the database could
be an empty file. Nor does it list the files that an interrupted write leaves behind.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from blog_api.media.failures import StoreUnavailable
from blog_api.media.objects import ListedObject, StoredObject, checked_name, is_key, object_name
from blog_api.media.variants import Variant

# The size of the chunks in which objects are read. For pictures, this costs less than `sendfile` in Python.
CHUNK = 64 * 1024
# The number of keys to sort at a time.
KEYS = 10_000


class Folder:
    """A folder with a subfolder for each key. It is created when the first picture is stored."""

    def __init__(self, path: str | Path) -> None:
        """Open the folder at `path`."""
        self.path = Path(path)

    def put(self, key: str, variants: Iterable[Variant]) -> None:
        """Write the variants, and sync them to the disk.

        Raises StoreUnavailable. Some of the variants can then exist.
        """
        with reported_errors():
            for variant in variants:
                path = self._path(object_name(key, variant.width))
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, variant.data)
                _sync(path.parent)
            _sync(self.path)

    def delete(self, key: str, _widths: Iterable[int]) -> None:
        """Delete all files of a key, unfinished ones included. Missing ones are no error. Raises StoreUnavailable."""
        if not is_key(key):
            raise ValueError("This is not a key.")
        folder = self.path / key
        with reported_errors():
            # Another process can delete the same files.
            while folder.exists():
                with contextlib.suppress(FileNotFoundError):
                    shutil.rmtree(folder)

    def names(self) -> Iterator[ListedObject]:
        """Yield each file of a key, unfinished ones included, in the order of the keys. Raises StoreUnavailable."""
        with reported_errors(), contextlib.suppress(FileNotFoundError):
            for key in self._sorted_keys():
                yield from _files_in(self.path, key)

    def _sorted_keys(self) -> Iterator[str]:
        """Yield the keys in order. Scan the folder several times instead of keeping all keys in memory."""
        last = ""
        while True:
            with os.scandir(self.path) as folders:
                later = (folder.name for folder in folders if is_key(folder.name) and folder.name > last)
                keys = heapq.nsmallest(KEYS, later)
            if not keys:
                return
            yield from keys
            last = keys[-1]

    def size(self, name: str) -> int | None:
        """Return the size of an object, or None if it does not exist. Raises StoreUnavailable."""
        with reported_errors():
            try:
                return self._path(name).stat().st_size
            except FileNotFoundError:
                return None

    def read(self, name: str, start: int = 0, end: int | None = None) -> StoredObject | None:
        """Read an object, or a part of it. Return None if it does not exist. Raises StoreUnavailable."""
        with reported_errors():
            try:
                file = self._path(name).open("rb")
            except FileNotFoundError:
                return None
            length = (os.fstat(file.fileno()).st_size if end is None else end) - start
            file.seek(start)
            return StoredObject(length, _chunks(file, length))

    def _path(self, name: str) -> Path:
        return self.path / checked_name(name)


@contextlib.contextmanager
def reported_errors() -> Iterator[None]:
    """Convert errors of the file system, such as a full disk, to StoreUnavailable."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(str(error), needs_operator=True) from error


def _chunks(file: BinaryIO, length: int) -> Iterator[bytes]:
    with file:
        while length and (chunk := file.read(min(length, CHUNK))):
            length -= len(chunk)
            yield chunk


def _files_in(root: Path, key: str) -> Iterator[ListedObject]:
    # Another process can delete the key meanwhile.
    with contextlib.suppress(FileNotFoundError), os.scandir(root / key) as files:
        for file in files:
            status = file.stat()
            modified = datetime.fromtimestamp(status.st_mtime, UTC)
            yield ListedObject(f"{key}/{file.name}", status.st_size, modified)


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it appears under its name only once it is complete."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _sync(folder: Path) -> None:
    """Make new names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
