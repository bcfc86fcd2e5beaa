"""The values of front matter that can become members of a post, wherever themes and plugins look for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note
from blog_api.text.unread import Unread

_BETWEEN_WORDS = re.compile(r"[-_\s]+")
# Mappings whose keys are looked up as well, with a prefix: `seo: {title: ...}` means the same as `seo_title: ...`.
_SECTIONS = {"extra": "", "params": "", "seo": "seo", "meta": "meta", "header": "header", "og": "og"}
_PRINTABLE = "!#$%&'()*+,/:;=?@[]~"


def fold_key(key: str) -> str:
    """Return the key without regard to case and separators, so that `coverImage` is `cover_image`."""
    return _BETWEEN_WORDS.sub("", key).lower()


def encode_url(url: str) -> str:
    """Percent-encode the characters of a URL that need it, such as spaces."""
    return quote(url, safe=_PRINTABLE)


@dataclass(slots=True)
class Place:
    """A value in its mapping, and how notes refer to it. `name` is the folded key."""

    mapping: dict[str, Value]
    key: str
    name: str
    label: str
    line: int

    @property
    def value(self) -> Value:
        """The value, which is None once it has been removed."""
        return self.mapping.get(self.key)

    def remove(self, rest: Value = None) -> None:
        """Remove the value, except for the rest of it that was not used."""
        if has_value(rest):
            self.mapping[self.key] = rest
        else:
            del self.mapping[self.key]

    def note(self, reason: str, code: Code) -> Note:
        """Return a note on this value."""
        return Note(code, f"{self.label} {reason}", self.line)

    def skipped(self, reason: str, code: Code = Code.VALUE_SKIPPED) -> Note:
        """Return a note that this value is not used."""
        return self.note(f"{reason}, so it is kept in the metadata", code)


class Places:
    """Finds values by folded key, first among the top-level keys, and then in the sections."""

    def __init__(self, unread: Iterable[Unread]) -> None:
        self.values: dict[str, Value] = {}
        self.lines: dict[str, int] = {}
        self.by_name: dict[str, Place] = {}
        for key, value, line in unread:
            # YAML's aliases can share mappings, so nothing may be removed from the original.
            self.values[key] = dict(value) if isinstance(value, dict) and key.lower() in _SECTIONS else value
            self.lines[key] = line
            self._add(self.values, key, "", key, line)
        for key, section in self.values.items():
            if isinstance(section, dict) and (prefix := _SECTIONS.get(key.lower())) is not None:
                for inner in section:
                    self._add(section, inner, prefix, f"{key}.{inner}", self.lines[key])

    def _add(self, mapping: dict[str, Value], key: str, prefix: str, label: str, line: int) -> None:
        name = prefix + fold_key(key)
        if has_value(mapping[key]):
            self.by_name.setdefault(name, Place(mapping, key, name, label[:100], line))

    def find(self, names: Iterable[str]) -> Iterator[Place]:
        """Return the places with these folded keys that still have a value, in the order of the names."""
        places = (self.by_name[name] for name in names if name in self.by_name)
        return (place for place in places if has_value(place.value))

    def remaining(self) -> Iterator[Unread]:
        """Return the values that have not been removed, except empty ones."""
        values = ((key, value) for key, value in self.values.items() if has_value(value))
        return (Unread(key, value, self.lines[key]) for key, value in values)


def has_value(value: Value) -> bool:
    """Return whether a value is not empty."""
    return value not in (None, "", [], {})
