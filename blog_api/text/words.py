"""Split text into words for search.

Custom, because PostgreSQL's parser and FTS5's tokenizer split differently, and both databases must find the same posts.
Both use this definition of a word.
"""

import re
import unicodedata

# Word separators other than the space, in syntax that regular expressions of Python and PostgreSQL share. Code points,
# because a class such as [[:alnum:]] depends on the locale of the database.
SEPARATORS = (
    r"\u0001-\u001f\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf"
    r"\u00d7\u00f7\u037e\u0387\u0589-\u058f\u05be\u05c0\u05c3\u05c6\u05f3-\u060f\u061b-\u061f\u066a-\u066d"
    r"\u06d4\u0964\u0965\u0e3f\u2000-\u206f\u2070\u2074-\u207e\u2080-\u208e\u20a0-\u20cf\u2116-\u2118"
    r"\u211e-\u2123\u2190-\u245f\u2500-\u2775\u2794-\u2bff\u2e00-\u3004\u3008-\u3020\u3030\u30fb\ufe00-\ufe6f"
    r"\ufeff-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffff\U0001f000-\U0001faff"
)
_WORD = re.compile(f"[^ {SEPARATORS}]+")
_MARKS_OF_LATIN = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")
_MARKED = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")
# Letters that decomposition leaves, as in Łódź and Straße.
_STROKES = str.maketrans("łŁøØđĐðÐı", "lLoOdDdDi")
_LIGATURES = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
# C++ and C# are words of their own if nothing, or one of these characters, precedes them.
_BEFORE = r"(\A|[ \t\n\u00a0\"'()*,\-/:>\[_`|\u201c\u201e])"
_NAMES = (
    (re.compile(rf"{_BEFORE}[cC]\+\+"), r"\1cplusplus+"),
    (re.compile(rf"{_BEFORE}[cC]#"), r"\1csharp#"),
)
_SIGNS = {"cplusplus": "c++", "csharp": "c#"}


def _unmarked(match: re.Match[str]) -> str:
    base = unicodedata.normalize("NFD", match[0])[0].translate(_STROKES)
    return base if base.isascii() else match[0]


def _unmarked_or_split(match: re.Match[str]) -> str:
    base = unicodedata.normalize("NFD", match[0].lower())[0]
    return _LIGATURES.get(base, match[0])


def fold_letters(text: str) -> str:
    """Lowercase the text and strip accents from Latin letters, without changing the length of the text."""
    # Greek has two lowercase sigmas.
    return _MARKED.sub(_unmarked, text).lower().replace("\u03c2", "\u03c3")


def words_of(text: str) -> list[str]:
    """Return the folded words of the text in order. They consist of letters, digits and combining marks."""
    for name, word in _NAMES:
        text = name.sub(word, text)
    folded = fold_letters(_MARKED.sub(_unmarked_or_split, unicodedata.normalize("NFC", text)))
    return _WORD.findall(_MARKS_OF_LATIN.sub("", folded))


def pattern_of(word: str) -> str:
    """Return a regular expression that matches the word in text from `fold_letters`, which keeps ligatures."""
    if sign := _SIGNS.get(word):
        return f"(?:{word}|{re.escape(sign)})"
    pattern = re.escape(word)
    for ligature, letters in _LIGATURES.items():
        pattern = pattern.replace(letters, f"(?:{letters}|{ligature})")
    return pattern
