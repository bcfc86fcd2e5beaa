"""How texts are compared, tidied and found to be blank.

Built on `unicodedata` instead of a collation, because PostgreSQL and SQLite fold and compare differently.
"""

import unicodedata
from itertools import takewhile

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})

# Fillers, blanks and selectors that count as letters, marks or symbols but show nothing by themselves.
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
_SELECTORS = map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
_INVISIBLE_CHARACTERS = frozenset({*_FILLERS, *_SELECTORS})

# No script needs more than thirty (Unicode Standard Annex 15, on texts that are safe for streams).
MAX_MARKS = 100
# They stand for two marks each, but count as none.
_PAIRS_OF_MARKS = "\u0f73\u0f75\u0f81"


def fold(text: str) -> str:
    """Give the key under which usernames and addresses are compared: neither case nor width counts."""
    once = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", once)


def fold_tag(name: str) -> str:
    """Give the key under which tag names are compared: neither case nor spacing counts, nor what shows nothing."""
    # Folded twice: removing a space can bring a letter and its accent together.
    return fold("".join(character for character in fold(name) if not is_blank(character)))


def tidy(text: str) -> str:
    """Trim the text, and make each run of whitespace inside it one space."""
    return " ".join(text.split())


def is_blank(text: str) -> bool:
    """Say whether the text shows nothing: only spaces, controls, zero-width signs and fillers."""
    return all(
        character in _INVISIBLE_CHARACTERS or unicodedata.category(character) in _INVISIBLE_CATEGORIES
        for character in text
    )


def has_excessive_marks(text: str) -> bool:
    """Say whether more than MAX_MARKS combining marks follow each other.

    To put them in order takes the square of their number, in Python and in PostgreSQL.
    """
    # So many in a row reach over one of these places.
    places = range(MAX_MARKS, len(text), MAX_MARKS + 1)
    return any(_is_mark(text[place]) and _marks_around(text, place) > MAX_MARKS for place in places)


def _marks_around(text: str, place: int) -> int:
    before = reversed(text[max(0, place - MAX_MARKS) : place])
    after = text[place : place + MAX_MARKS + 1]
    return sum(1 for part in (before, after) for _ in takewhile(_is_mark, part))


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0 or character in _PAIRS_OF_MARKS
