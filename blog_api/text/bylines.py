"""Split bylines, such as `Ann Lee and Bob Ray`, into people, and read handles and addresses in them.

It is better to leave two people as one than to invent people, so text is split only if all its parts look like names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from blog_api.text.folding import tidy

_AND = re.compile(r"\s(?:and|&)\s", re.IGNORECASE)
# Separators count only outside of quotes and brackets.
_TOKEN = re.compile(
    r"\"[^\"]*\"|\([^()]*\)|<[^<>]*>|(?P<comma>[,;](?:\s+(?:and|&)\s)?)|(?P<and>\s(?:and|&)\s)|.",
    re.IGNORECASE | re.DOTALL,
)
_ADDRESS = r"[^\s<>()@,;\"]+@[^\s<>()@,;\"]+"
# `Ann Lee <ann@example.org>`, also with a URL, and `ann@example.org (Ann Lee)`.
_IN_BRACKETS = re.compile(r"<[^<>]*>")
_BEFORE_NAME = re.compile(rf"{_ADDRESS}\s*\((?P<name>[^()]*)\)")
_ANY_ADDRESS = re.compile(rf"\(?(?:mailto:)?{_ADDRESS}\)?", re.IGNORECASE)
_HANDLE = re.compile(r"(?P<before>^|\s|\()@(?P<handle>[A-Za-z0-9_][A-Za-z0-9_.-]*)(?P<after>\)|(?=\s|$))")
# Follow a name after a comma, without dots.
_SUFFIXES = frozenset(
    "jr sr ii iii iv phd md esq cpa mba ma msc bsc dds jd rn pmp cissp llm edd dphil obe mbe kc".split()  # noqa: SIM905
)
_ELISION = re.compile("^[dl]['\u2019]")
_PARTICLES = frozenset(
    "af al ap bin da das de del della den der di do dos du el ibn la las le los "  # noqa: SIM905
    "ten ter van vom von y zu zum zur".split()
)
# Words of companies, teams and job titles.
_NO_NAMES = frozenset(
    "agency analyst associates association brothers bros bureau ceo cfo co college committee company consultant "  # noqa: SIM905
    "contributor corp council cto department director editor editorial editors engineer fellow foundation friends gmbh "
    "group guest inc institute intern lab labs llc ltd manager ministry office officer partners press president school "
    "services society sons specialist staff strategist studio team university writer".split()
)
# Longer text is no byline.
_MAX_LENGTH = 2000
_MAX_WORDS = 6


class Person(NamedTuple):
    """A person in a byline: the name, and the handle without `@`, or ""."""

    name: str
    handle: str = ""


def read_person(text: str) -> Person:
    """Read `Ann Lee (@annlee)`. The name is the handle if there is no other."""
    found = _HANDLE.search(text)
    if found is None:
        return Person(tidy(text))
    name = tidy(text[: found.start()] + " " + text[found.end() :])
    handle = found["handle"].rstrip(".-")
    return Person(name or handle, handle)


def without_addresses(text: str) -> str:
    """Remove the addresses in angle brackets, and mail addresses elsewhere: `ann@example.org (Ann)` becomes `Ann`.

    The result is empty if there is nothing else.
    """
    if "<" in text:
        text = _IN_BRACKETS.sub(" ", text)
    if "@" in text:
        text = _ANY_ADDRESS.sub(" ", _BEFORE_NAME.sub(r" \g<name> ", text))
    text = tidy(text)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def public_name(text: str) -> str:
    """Return the name without mail addresses. If there is nothing else, it is what comes before the `@`."""
    return without_addresses(text) or tidy(text).strip("<>()").removeprefix("mailto:").partition("@")[0]


def split_byline(
    text: str, *, is_list: bool = False, is_known: Callable[[str], bool] | None = None
) -> list[str]:
    """Return the people in the text of one key, as written.

    `is_list` is for keys in the plural, in which commas always separate people. What `is_known` accepts is a name, and
    not split.
    """
    is_known = is_known or (lambda _name: False)
    text = tidy(text)
    if len(text) > _MAX_LENGTH or is_known(text):
        return [text]
    parts = _with_suffixes([part for part in _parts(text) if part[0]])
    if len(parts) < 2:
        return [parts[0][0] if is_list and parts else text]
    if all(is_known(name) or _is_full_name(name) for name, _ in parts):
        return [name for name, _ in parts]
    by_comma = list(_joined_by_and(parts))
    # `Lee, Ann` is one person.
    if is_list or (len(by_comma) > 2 and all(" " not in name for name in by_comma)):
        return by_comma
    return [text]


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of the text between separators, each with the separator before it."""
    start, separator = 0, ""
    for token in _TOKEN.finditer(text):
        if token["comma"] or token["and"]:
            yield text[start : token.start()].strip(), separator
            start, separator = token.end(), token[0]
    yield text[start:].strip(), separator


def _with_suffixes(parts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join suffixes, as in `Ann Lee, PhD`, with the name before them."""
    joined: list[tuple[str, str]] = []
    for name, separator in parts:
        is_suffix = all(word in _SUFFIXES for word in name.replace(".", "").lower().split())
        if name and joined and separator.strip() == "," and is_suffix:
            joined[-1] = (f"{joined[-1][0]}, {name}", joined[-1][1])
        else:
            joined.append((name, separator))
    return joined


def _joined_by_and(parts: list[tuple[str, str]]) -> Iterator[str]:
    """Yield the parts between commas."""
    name = ""
    for part, separator in parts:
        if separator and _AND.fullmatch(separator):
            name += separator + part
        else:
            if name:
                yield name
            name = part
    yield name


def _is_full_name(text: str) -> bool:
    """Return whether the text looks like a name and surname, or has a handle or an address."""
    cleaned = without_addresses(text)
    if cleaned != text:
        # Only people have an address.
        return True
    person = read_person(cleaned.split(",")[0])
    words = [word for word in person.name.split() if not word.startswith("(")]
    if person.handle and words:
        return True
    # Chinese and Japanese names, which have no case, need no space.
    fewest = 2 if any(word != word.swapcase() for word in words) else 1
    return (
        fewest <= len(words) <= _MAX_WORDS
        and words[0].lower() not in _PARTICLES
        and all(word.lower().strip(".") not in _NO_NAMES for word in words)
        and all(_is_name(word) for word in words)
    )


def _is_name(word: str) -> bool:
    """Return whether a word can be part of the name of a person."""
    if word.lower() in _PARTICLES or word.lower().rstrip(".") in _SUFFIXES:
        return True
    letters = _ELISION.sub("", word.strip(".'\u2019-"))
    return bool(letters) and not letters[0].islower() and not any(character.isdigit() for character in word)
