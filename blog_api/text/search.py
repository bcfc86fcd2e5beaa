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
    begins: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """All of `wanted`, and none of `unwanted`. Without anything that is wanted it finds nothing."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]

    @property
    def parameters(self) -> dict[str, object]:
        """Return the bind parameters of the conditions on both databases."""
        beginning = next((term.words[-1] for term in self.wanted if term.begins), None)
        words = sorted({word for term in self.wanted for word in term.words} - {beginning})
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
        if not self.wanted:
            return ""
        wanted = [_tsquery_of(term) for term in self.wanted]
        return " & ".join([*wanted, *(f"!({_tsquery_of(term)})" for term in self.unwanted)])

    def _match(self) -> str:
        """For MATCH of FTS5."""
        if not self.wanted:
            return '""'
        wanted = " AND ".join(map(_match_of, self.wanted))
        unwanted = " OR ".join(map(_match_of, self.unwanted))
        return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _tsquery_of(term: Term) -> str:
    return " <-> ".join(f"'{word}'" for word in term.words) + (":*" if term.begins else "")


def _match_of(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.begins else "")


def _may_begin(word: str) -> bool:
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
        wanted = not match["minus"]
        begins = wanted and number == len(found) and not match["closed"] and _may_begin(words[-1])
        terms[wanted][Term(tuple(words), begins)] = None
    return SearchQuery(tuple(terms[True]), tuple(terms[False]))
