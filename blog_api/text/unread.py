"""Find the values of front matter that no part of a document is read from."""

from __future__ import annotations

from typing import NamedTuple

from blog_api.text.aliases import ALIAS_KEYS
from blog_api.text.folding import is_blank
from blog_api.text.front_matter import FrontMatter
from blog_api.text.front_matter_blocks import Value
from blog_api.text.publishing import PUBLICATION_KEYS

AUTHOR_KEYS = ("authors", "author")
TAG_KEYS = ("tags", "tag", "topics", "categories", "category")
SUMMARY_KEYS = ("summary", "description", "excerpt", "deck")
UID_KEYS = ("uuid", "id", "uid")
_READ = {
    *("title", "slug", "path", "permalink", "url"),
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


def find_unread(matter: FrontMatter) -> tuple[Unread, ...]:
    """Return the unread values in order. The summary is read from one key, so the other keys for it are unread."""
    values = {key: value for key, value in matter.values.items() if key not in _READ}
    values.pop(next((key for key in SUMMARY_KEYS if not is_blank(matter.text(key))), ""), None)
    if isinstance(taxonomies := values.get("taxonomies"), dict):
        others = {
            key: value for key, value in taxonomies.items() if key.lower() not in TAG_KEYS + AUTHOR_KEYS
        }
        values["taxonomies"] = others
    return tuple(Unread(matter.names[key], value, matter.line_of(key)) for key, value in values.items())
