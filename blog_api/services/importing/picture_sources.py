"""Where an import finds the files of pictures."""

from __future__ import annotations

from io import BufferedReader
from pathlib import Path
from typing import NamedTuple, Protocol


class OpenPicture(NamedTuple):
    """An open file, and its path. For a file in an imported folder, the path begins as the folder was given."""

    file: BufferedReader
    path: Path


class PictureSource(Protocol):
    """The pictures of the blog that is imported."""

    def path_of(self, url: str) -> str | None:
        """Return the path of a picture for its URL in a post, or None if it is not a picture of the blog."""

    def open(self, path: str, place: Path) -> OpenPicture:
        """Open the picture at this path, to which the item at `place` refers.

        Raises Refused if it does not exist, or must not be read.
        """
