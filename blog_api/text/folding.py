"""Fold text for comparison, normalize whitespace and detect blank text.

Uses `unicodedata` instead of a collation, because PostgreSQL and SQLite fold and compare differently.
"""

import unicodedata
from itertools import takewhile

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})

# Fillers, blanks and variation selectors that are classified as letters, marks or symbols but are invisible.
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
_SELECTORS = map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
_INVISIBLE_CHARACTERS = frozenset({*_FILLERS, *_SELECTORS})

_ASCII_BLANKS = dict.fromkeys([*range(0x21), 0x7F])

# No script needs more than thirty (Unicode Standard Annex 15, Stream-Safe Text Format).
MAX_MARKS = 100
# They decompose into two marks each, but their own combining class is 0.
_PAIRS_OF_MARKS = "\u0f73\u0f75\u0f81"


def fold(text: str) -> str:
    """Return the key that compares usernames and email addresses, ignoring case and width."""
    once = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", once)


def fold_tag(name: str) -> str:
    """Return the key that compares tag names, ignoring case, whitespace and invisible characters."""
    if name.isascii():
        return name.lower().translate(_ASCII_BLANKS)
    # Fold twice, because removing a space can join a letter and its accent.
    return fold("".join(character for character in fold(name) if not is_blank(character)))


def tidy(text: str) -> str:
    """Trim the text and collapse runs of whitespace to one space."""
    return " ".join(text.split())


def is_blank(text: str) -> bool:
    """Return whether the text is invisible: only spaces, control and zero-width characters, and fillers."""
    if text[:1].isascii() and text[:1].isalnum():
        return False
    return all(
        character in _INVISIBLE_CHARACTERS or unicodedata.category(character) in _INVISIBLE_CATEGORIES
        for character in text
    )


def has_excessive_marks(text: str) -> bool:
    """Return whether the text has more than MAX_MARKS consecutive combining marks.

    Normalization sorts them in quadratic time, in Python and in PostgreSQL.
    """
    # A run that is too long covers at least one of these positions.
    places = range(MAX_MARKS, len(text), MAX_MARKS + 1)
    return any(_is_mark(text[place]) and _marks_around(text, place) > MAX_MARKS for place in places)


def _marks_around(text: str, place: int) -> int:
    before = reversed(text[max(0, place - MAX_MARKS) : place])
    after = text[place : place + MAX_MARKS + 1]
    return sum(1 for part in (before, after) for _ in takewhile(_is_mark, part))


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0 or character in _PAIRS_OF_MARKS
