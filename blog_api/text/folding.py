"""How texts are compared, tidied and found to be empty."""

import unicodedata

_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})

# Fillers, blanks and selectors that count as letters, marks or symbols but show nothing by themselves.
_FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
_SELECTORS = map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
_INVISIBLE_CHARACTERS = frozenset({*_FILLERS, *_SELECTORS})


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
