"""Slugs: the ASCII names of posts and tags in URLs.

Uses python-slugify, with two additions. Spelling out symbols needs context (the dots of `.NET` and `3.5`), which its
`replacements` lack. Its `word_boundary` truncates `a-` and a long word to just `a`.
"""

import re
import unicodedata

from slugify import slugify as transliterate

from blog_api.text.entities import replace_entities
from blog_api.text.folding import is_blank

MAX_SLUG = 100
# In characters. Longer text is truncated, because sorting combining marks can take quadratic time.
MAX_READ = 1000
SLUG_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"

_ENDING = re.compile(r"(?<=\w)['\u2019](?=(?:s|t|re|ll|ve|d|m)\b)", re.IGNORECASE)
_SPELLED_OUT_SYMBOLS = (
    (re.compile(r"\b([A-Za-z])[#♯](?!\w)"), r"\1 sharp "),
    (re.compile(r"(?:^|(?<=[\s/(\"'\u201c\u2018]))\.(?=[^\W\d_])"), " dot "),
    (re.compile(r"(?<=\d)\s*%"), " percent "),
    # A longer run of plus signs is decoration.
    (re.compile(r"(?<!\+)\+\+(?!\+)"), " plus plus "),
    (re.compile(r"(?<!\+)\+(?!\+)"), " plus "),
    (re.compile(r"&"), " and "),
)


def slugify(text: str, fallback: str = "untitled") -> str:
    """Convert any text to a slug that matches SLUG_PATTERN and has at most MAX_SLUG characters.

    Other scripts are transliterated, and symbols that are part of a name are spelled out (`C++` becomes `c-plus-plus`).
    Text that consists only of symbols becomes their Unicode names. If they have none, return `fallback` unchanged.
    """
    text = replace_entities(text[:MAX_READ].encode("utf-8", "ignore").decode("utf-8"))
    slug = _words(_spell(text)) if _words(text) else _symbol_names(text)
    return _truncate(slug, MAX_SLUG) or fallback


def numbered(slug: str, n: int) -> str:
    """Append `-n` to the slug, truncated so that the result has at most MAX_SLUG characters."""
    suffix = f"-{n}"
    return _truncate(slug, MAX_SLUG - len(suffix)) + suffix


def _words(text: str) -> str:
    # Set the backend, because the default depends on which packages are installed.
    return transliterate(text, entities=False, decimal=False, hexadecimal=False, backend="text-unidecode")


def _spell(text: str) -> str:
    text = _ENDING.sub("", unicodedata.normalize("NFKC", text))
    for symbol, word in _SPELLED_OUT_SYMBOLS:
        text = symbol.sub(word, text)
    return text


def _symbol_names(text: str) -> str:
    names = (unicodedata.name(symbol, "") for symbol in dict.fromkeys(text) if not is_blank(symbol))
    return "-".join(re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in names if name)


def _truncate(slug: str, limit: int) -> str:
    if len(slug) <= limit:
        return slug
    end = slug.rfind("-", 0, limit + 1)
    # Truncate at a word boundary, unless that would lose more than half.
    return slug[:end] if end >= limit // 2 else slug[:limit].rstrip("-")
