"""The folder of an export. It appears under its name only once it is complete."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from blog_api.problems import Conflict

# An export has drafts and addresses, which only its owner may read.
_FOLDER_MODE, _FILE_MODE = 0o700, 0o600


class Output(Protocol):
    """Where an export goes."""

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file. `name` is its path below the folder."""


class Nowhere:
    """The output of a dry run."""

    def write(self, _name: str, chunks: Iterable[bytes]) -> None:
        """Read the content of a file."""
        for _ in chunks:
            pass


class Folder:
    """A folder that files are written to."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made = {""}

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a file, readable by its owner only. Several threads can do so."""
        parent, _, _ = name.rpartition("/")
        if parent not in self._made:
            self._make(parent)
        descriptor = os.open(f"{self._root}/{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)

    def _make(self, folder: str) -> None:
        parent, _, _ = folder.rpartition("/")
        if parent:
            self._make(parent)
        (self._root / folder).mkdir(_FOLDER_MODE, exist_ok=True)
        if not parent:
            # Each picture has a folder of its own, so remember only those at the top.
            self._made.add(folder)


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Folder]:
    """Write to a temporary folder beside `path`, and rename it at the end.

    A process that is killed leaves the temporary folder, with a name that begins with a dot. Raises Conflict unless
    `path` is missing or an empty folder.
    """
    check_is_free(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    draft.mkdir(_FOLDER_MODE)
    try:
        yield Folder(draft)
        # Also replaces an empty folder.
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def check_is_free(path: Path) -> None:
    """Raise Conflict unless the path is missing or an empty folder, in a folder that exists."""
    if not path.parent.is_dir():
        raise Conflict(f"There is no folder {path.parent}.")
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise Conflict(f"{path} is not a folder.")
    if path.exists() and any(path.iterdir()):
        raise Conflict(f"The folder {path} is not empty. Export to a new one.")
