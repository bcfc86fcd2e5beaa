"""Find the values of front matter that no part of a document is read from."""

from __future__ import annotations

from typing import NamedTuple

from blog_api.text.aliases import ADDRESS_KEYS, ALIAS_KEYS
from blog_api.text.front_matter import FrontMatter
from blog_api.text.front_matter_blocks import Value
from blog_api.text.publishing import PUBLICATION_KEYS
from blog_api.text.summaries import MARKER_KEY
from blog_api.text.tag_lists import TAG_KEYS

AUTHOR_KEYS = ("authors", "author")
LANGUAGE_KEYS = ("lang", "language", "locale")
UID_KEYS = ("uuid", "id", "uid")
_READ = {
    *("title", "slug", MARKER_KEY),
    *ADDRESS_KEYS,
    *AUTHOR_KEYS,
    *TAG_KEYS,
    *UID_KEYS,
    *ALIAS_KEYS,
    *PUBLICATION_KEYS,
}


class Unread(NamedTuple):
    """A value with its key as written and its line."""

    key: str
    value: Value
    line: int


def find_unread(matter: FrontMatter, summary_key: str) -> tuple[Unread, ...]:
    """Return the unread values in order. The summary is read from one key, so the other keys for it are unread.

    The description is always unread, because it is also for search engines.
    """
    read = {*_READ, summary_key} - {"description"}
    values = {key: value for key, value in matter.values.items() if key not in read}
    if isinstance(taxonomies := values.get("taxonomies"), dict):
        others = {
            key: value for key, value in taxonomies.items() if key.lower() not in TAG_KEYS + AUTHOR_KEYS
        }
        values["taxonomies"] = others
    return tuple(Unread(matter.names[key], value, matter.line_of(key)) for key, value in values.items())
