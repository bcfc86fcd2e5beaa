"""Search queries: parsed once, and written in the syntax of each database. Every text is a query.

Ours, because `websearch_to_tsquery` exists on PostgreSQL only, and FTS5 raises for what is not its syntax.
"""

import json
import re
from dataclasses import dataclass
from typing import NamedTuple

from blog_api.text.words import words_of

_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_TERM = re.compile(
    rf"(?P<minus>(?<!\S)-)?(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?P<closed>[{_QUOTES}])?|(?P<word>[^\s{_QUOTES}]+))"
)
# In characters. More than this of a query is no query, and further into a content nobody looks.
MAX_QUERY = 500
MAX_SEARCHED = 100_000

# Behind every text that begins with the same letters, as both databases order them.
_LAST = "\U0010ffff"


class Term(NamedTuple):
    """Words that follow each other; of the last one perhaps only the beginning."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """All of `required`, and none of `excluded`. Without anything that is required it finds nothing."""

    required: tuple[Term, ...]
    excluded: tuple[Term, ...]

    @property
    def parameters(self) -> dict[str, object]:
        """Return the bind parameters of the conditions on both databases."""
        beginning = next((term.words[-1] for term in self.required if term.is_prefix), None)
        words = sorted({word for term in self.required for word in term.words} - {beginning})
        operands = [f"'{word}'" for word in words] + ([f"'{beginning}':*"] if beginning else [])
        return {
            "q_tsquery": self._tsquery(),
            "q_match": self._match(),
            "words_tsquery": " | ".join(operands),
            "words_json": json.dumps(words),
            "words_count": max(len(operands), 1),
            "beginning": beginning or _LAST,
            "beginning_end": (beginning or "") + _LAST,
        }

    def _tsquery(self) -> str:
        """For to_tsquery of PostgreSQL."""
        if not self.required:
            return ""
        required = [_tsquery_of(term) for term in self.required]
        return " & ".join([*required, *(f"!({_tsquery_of(term)})" for term in self.excluded)])

    def _match(self) -> str:
        """For MATCH of FTS5."""
        if not self.required:
            return '""'
        required = " AND ".join(map(_match_of, self.required))
        excluded = " OR ".join(map(_match_of, self.excluded))
        return f"({required}) NOT ({excluded})" if excluded else required


def _tsquery_of(term: Term) -> str:
    return " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.is_prefix else "")


def _match_of(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.is_prefix else "")


def _can_be_prefix(word: str) -> bool:
    # Half of all words begin with any one letter, but not with one sign of Chinese.
    return len(word) > 1 or not word.isascii()


def parse_query(text: str) -> SearchQuery:
    """Read words, "phrases", and what must not be there: -word, -"phrase". Signs within a word make it a phrase, as in
    open-source. The last word may be the beginning of a longer one, unless it is excluded or in closed quotes.
    """
    found = [
        (match, words)
        for match in _TERM.finditer(text)
        if (words := words_of(match["phrase"] or match["word"] or ""))
    ]
    terms: dict[bool, dict[Term, None]] = {True: {}, False: {}}
    for number, (match, words) in enumerate(found, 1):
        required = not match["minus"]
        is_prefix = required and number == len(found) and not match["closed"] and _can_be_prefix(words[-1])
        terms[required][Term(tuple(words), is_prefix)] = None
    return SearchQuery(tuple(terms[True]), tuple(terms[False]))
