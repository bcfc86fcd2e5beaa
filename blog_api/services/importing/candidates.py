"""Items that have been read, and the tags and aliases that they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from blog_api.crud.imports import KnownFile
from blog_api.crud.posts.aliases import find_aliases
from blog_api.database.session import reading
from blog_api.schemas.post_fields import MAX_ALIASES
from blog_api.services.importing.items import Item
from blog_api.services.importing.picture_search import PostPictures
from blog_api.services.importing.tags import current_tag_names
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Note


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item to save: its earlier import, if any, the data of its post, and its authors, owner first."""

    item: Item
    digest: str
    known: KnownFile | None
    document: Document
    authors: tuple[str, ...]
    data: dict[str, Any]
    notes: tuple[Note, ...] = ()
    pictures: PostPictures = field(default_factory=PostPictures)

    @property
    def source(self) -> str:
        """What identifies the item."""
        return self.item.source

    @property
    def place(self) -> Path:
        """Where the item is, for the report."""
        return self.item.place

    @property
    def post_id(self) -> int | None:
        """The post of the earlier import, or None."""
        return self.known.post_id if self.known else None


def tags_of(candidates: Iterable[Candidate]) -> Iterator[str]:
    """Return the tag names of the candidates, with duplicates."""
    return (name for candidate in candidates for name in candidate.data["tags"])


def with_current_tags(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates with renamed tags replaced by their current names, so that old names do not come back."""
    renamed = current_tag_names(tags_of(candidates))
    return [
        replace(
            candidate,
            data={**candidate.data, "tags": [renamed.get(name, name) for name in candidate.data["tags"]]},
        )
        for candidate in candidates
    ]


def with_free_aliases(candidates: Sequence[Candidate], claimed: dict[str, str]) -> list[Candidate]:
    """Remove taken and surplus aliases from the candidates, with notes.

    `claimed` maps the aliases of earlier items of this import to their sources. Adds to it.
    """
    paths = {path for candidate in candidates for path in candidate.document.aliases}
    with reading():
        owners = find_aliases(paths)
    return [_with_free_aliases(candidate, owners, claimed) for candidate in candidates]


def _with_free_aliases(
    candidate: Candidate, owners: dict[str, int | None], claimed: dict[str, str]
) -> Candidate:
    free: list[str] = []
    notes: list[Note] = []
    for path in candidate.document.aliases:
        is_own = path not in owners or (candidate.post_id is not None and owners[path] == candidate.post_id)
        if not is_own or claimed.get(path, candidate.source) != candidate.source:
            detail = f"the alias {path} belongs to another post or to a redirect, so it is left out"
            notes.append(Note(Code.ALIAS_TAKEN, detail))
        elif len(free) == MAX_ALIASES:
            detail = f"the alias {path} is left out: a post has at most {MAX_ALIASES}"
            notes.append(Note(Code.ALIASES_TOO_MANY, detail))
        else:
            free.append(path)
            claimed[path] = candidate.source
    return replace(candidate, data={**candidate.data, "aliases": free}, notes=(*candidate.notes, *notes))
