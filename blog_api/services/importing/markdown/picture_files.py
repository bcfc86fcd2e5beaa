"""Find the files of local pictures in the imported folder and the static folders, and nowhere else."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path

from blog_api.services.importing.picture_sources import OpenPicture
from blog_api.text.issues import Code, Refused
from blog_api.text.picture_references import local_path

# The folders in which static site generators keep pictures.
STATIC_NAMES = ("static", "public", "assets", "source", "images", "img")
# How many folders above the imported one can contain them: its parent and grandparent.
_LEVELS = 2
_MISSING = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


def find_static_folders(folder: Path) -> tuple[Path, ...]:
    """Return the static folders in the imported folder, and up to two levels above it."""
    root = folder.resolve()
    folders = [root, *root.parents[:_LEVELS]]
    candidates = (parent / name for parent in folders for name in STATIC_NAMES)
    return tuple(path for path in candidates if path.is_dir() and not path.is_symlink())


class PictureFolders:
    """The folders with pictures: the imported one, and those with the static files of a site."""

    def __init__(self, folder: Path, static: Sequence[Path], max_bytes: int) -> None:
        self._folder = folder
        self._root, *self._static = (path.resolve() for path in (folder, *static))
        self._max_bytes = max_bytes

    def path_of(self, url: str) -> str | None:
        """Return the path of a local URL."""
        return local_path(url)

    def open(self, path: str, place: Path) -> OpenPicture:
        """Open the file to which a path in a Markdown file refers.

        A relative path begins at the folder of that file, at the folder with the name of the file, or at a static
        folder. A path with a leading slash begins at any of the folders, and can include the name of that folder.
        Raises Refused if there is no such file, and for symbolic links, devices and large files.
        """
        is_outside = True
        for candidate in self._candidates(path, place):
            for base in (self._root, *self._static):
                if not candidate.is_relative_to(base):
                    continue
                is_outside = False
                inner = candidate.relative_to(base)
                if (descriptor := _open_below(base, inner)) is not None:
                    found = self._folder / inner if base == self._root else candidate
                    return OpenPicture(self._checked(descriptor), found)
        if is_outside:
            raise Refused(Code.PICTURE_OUTSIDE, "it is outside the imported folder and the static folders")
        raise Refused(Code.PICTURE_MISSING, "there is no such file")

    def _candidates(self, path: str, markdown: Path) -> Iterator[Path]:
        # For the operating system, a path ends at NUL.
        path = path.replace("\0", "\ufffd")
        inner = path.lstrip("/")
        beside = self._root / markdown.parent.relative_to(self._folder)
        bases = [beside, beside / markdown.stem, *self._static]
        if inner != path:
            bases = [self._root, *self._static]
            first, _, rest = inner.partition("/")
            yield from (_normalize(base / rest) for base in bases if base.name == first)
        yield from (_normalize(base / inner) for base in bases)

    def _checked(self, descriptor: int) -> BufferedReader:
        """Return a file for the descriptor. Raises Refused if it is not a regular one, or too large."""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise Refused(Code.PICTURE_INVALID, "it is not a regular file")
        file = os.fdopen(descriptor, "rb")
        if status.st_size > self._max_bytes:
            file.close()
            raise Refused(Code.PICTURE_TOO_LARGE, f"it has more than {self._max_bytes:,} bytes")
        return file


def _normalize(path: Path) -> Path:
    """Resolve `..`, but not symbolic links, which are not followed."""
    return Path(os.path.normpath(path))


def _open_below(base: Path, inner: Path) -> int | None:
    """Open a file below a folder without following symbolic links. Return None if it is missing. Raises Refused."""
    *folders, name = inner.parts or (".",)
    try:
        descriptor = os.open(base, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                above = descriptor
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
                os.close(above)
            # Opening a pipe would block.
            return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=descriptor)
        finally:
            os.close(descriptor)
    except UnicodeEncodeError:
        return None
    except OSError as error:
        if error.errno in _MISSING:
            return None
        if error.errno == errno.ELOOP:
            raise Refused(Code.PICTURE_OUTSIDE, "it is a symbolic link") from error
        raise Refused(Code.PICTURE_INVALID, f"it cannot be read: {error.strerror}") from error
