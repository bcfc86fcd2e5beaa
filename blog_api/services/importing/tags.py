"""Tags of a batch of posts: map old names to current ones, and create missing tags before the posts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy.exc import DataError, IntegrityError

from blog_api.crud.batches import batches
from blog_api.crud.former_tags import current_names
from blog_api.crud.imported_tags import TagDetails, create_tags
from blog_api.crud.tags import get_or_create_tag_ids
from blog_api.database.session import reading, transaction
from blog_api.text.folding import fold_tag, tidy
from blog_api.text.slugs import slugify

# Tags per transaction.
MAX_NAMES = 500
_MAX_DESCRIPTION = 500


def tag_details(name: str, slug: str, description: str) -> TagDetails:
    """Return the details of a tag of another blog, within the limits of the API."""
    return TagDetails(slugify(slug or name, "tag"), tidy(description)[:_MAX_DESCRIPTION])


def current_tag_names(names: Iterable[str]) -> dict[str, str]:
    """Map those names that belong to renamed or merged tags to the current names of the tags."""
    keys = {name: fold_tag(name) for name in names}
    renamed: dict[str, str] = {}
    with reading():
        for chunk in _chunks(keys.values()):
            renamed |= current_names(chunk)
    return {name: renamed[key] for name, key in keys.items() if key in renamed}


def create_missing_tags(names: Iterable[str], details: Mapping[str, TagDetails]) -> None:
    """Create missing tags in transactions of their own: an uncommitted tag blocks others that need it.

    `details` are those of some of the tags, by folded name.
    """
    for chunk in _chunks(names):
        # A name that the database rejects fails again with its post, and is reported there.
        detailed = {name: details[fold_tag(name)] for name in chunk if fold_tag(name) in details}
        if detailed:
            with contextlib.suppress(DataError, IntegrityError), transaction():
                create_tags(detailed)
        with contextlib.suppress(DataError), transaction():
            get_or_create_tag_ids(chunk)


def _chunks(names: Iterable[str]) -> Iterator[Sequence[str]]:
    return batches(list(dict.fromkeys(names)), MAX_NAMES)
