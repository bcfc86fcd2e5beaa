"""The tags of a batch of files: by the names that they have by now, and made before the posts are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from sqlalchemy.exc import DataError

from blog_api.crud.former_tags import current_names
from blog_api.crud.tags import get_or_create_tag_ids
from blog_api.database.session import reading, transaction
from blog_api.text.folding import fold_tag

# The number of parameters of a statement is limited.
MAX_NAMES = 500


def current_tag_names(names: Iterable[str]) -> dict[str, str]:
    """What tags are called now that people gave another name in the blog, by those of these names that they had."""
    keys = {name: fold_tag(name) for name in names}
    renamed: dict[str, str] = {}
    with reading():
        for part in _chunks(keys.values()):
            renamed |= current_names(part)
    return {name: renamed[key] for name, key in keys.items() if key in renamed}


def create_missing_tags(names: Iterable[str]) -> None:
    """Make the missing ones beforehand: a new tag keeps others who want it waiting until it is committed."""
    for part in _chunks(names):
        # What the database refuses is found again, and reported, with its file.
        with contextlib.suppress(DataError), transaction():
            get_or_create_tag_ids(part)


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    distinct = list(dict.fromkeys(names))
    return (distinct[start : start + MAX_NAMES] for start in range(0, len(distinct), MAX_NAMES))
