"""The items that an import turns into posts: files of a folder, or entries of an export."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from blog_api.text.documents import Document


class Item(Protocol):
    """An item to import as a post. `source` identifies it in this and in later imports.

    The report shows `place`, a path that starts as it was given to the command, and `line`, counted from 1.
    """

    @property
    def source(self) -> str: ...
    @property
    def place(self) -> Path: ...
    @property
    def line(self) -> int: ...

    def digest(self, options: str) -> str:
        """Return a digest of everything that the post is made from, except its pictures. Raises Refused."""

    def read(self) -> Document:
        """Read the item. Raises Refused, and no other exception, if it is not a valid post."""
