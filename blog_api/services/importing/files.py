"""Files to import, and the tags and aliases that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from blog_api.crud.imports import KnownFile
from blog_api.crud.posts.aliases import find_aliases
from blog_api.database.session import reading
from blog_api.schemas.post_fields import MAX_ALIASES
from blog_api.services.importing.picture_search import PostPictures
from blog_api.services.importing.tags import current_tag_names
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Note


@dataclass(frozen=True, slots=True)
class File:
    """A file to import: its earlier import, if any, its post data, its authors, owner first, notes, and pictures."""

    path: Path
    source: str
    digest: str
    known: KnownFile | None
    document: Document
    authors: tuple[str, ...]
    data: dict[str, Any]
    notes: tuple[Note, ...] = ()
    pictures: PostPictures = field(default_factory=PostPictures)

    @property
    def post_id(self) -> int | None:
        """The post of the earlier import, or None."""
        return self.known.post_id if self.known else None


def tags_of(files: Iterable[File]) -> Iterator[str]:
    """Return the tag names of the files, with duplicates."""
    return (name for file in files for name in file.data["tags"])


def with_current_tags(files: Sequence[File]) -> list[File]:
    """Return the files with renamed tags replaced by their current names, so that old names do not come back."""
    renamed = current_tag_names(tags_of(files))
    return [
        replace(file, data={**file.data, "tags": [renamed.get(name, name) for name in file.data["tags"]]})
        for file in files
    ]


def with_free_aliases(files: Sequence[File], claimed: dict[str, str]) -> list[File]:
    """Return the files without taken or surplus aliases, and with notes on these.

    `claimed` maps the aliases of earlier files of this import to their sources. Adds to it.
    """
    paths = {path for file in files for path in file.document.aliases}
    with reading():
        owners = find_aliases(paths)
    return [_with_free_aliases(file, owners, claimed) for file in files]


def _with_free_aliases(file: File, owners: dict[str, int | None], claimed: dict[str, str]) -> File:
    free: list[str] = []
    notes: list[Note] = []
    for path in file.document.aliases:
        is_own = path not in owners or (file.post_id is not None and owners[path] == file.post_id)
        if not is_own or claimed.get(path, file.source) != file.source:
            detail = f"the alias {path} belongs to another post or to a redirect, so it is left out"
            notes.append(Note(Code.ALIAS_TAKEN, detail))
        elif len(free) == MAX_ALIASES:
            detail = f"the alias {path} is left out: a post has at most {MAX_ALIASES}"
            notes.append(Note(Code.ALIASES_TOO_MANY, detail))
        else:
            free.append(path)
            claimed[path] = file.source
    return replace(file, data={**file.data, "aliases": free}, notes=(*file.notes, *notes))
