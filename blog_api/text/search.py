"""Parse search queries and translate them to the syntax of each database. Any text is a valid query.

Custom, because only PostgreSQL has `websearch_to_tsquery`, and FTS5 raises for invalid syntax.
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
# In characters: the longest query, and the part of a post's content that is searched.
MAX_QUERY = 500
MAX_SEARCHED = 100_000
# Each word adds to the work of a search.
MAX_WORDS = 20

# Sorts after every string with the same prefix, on both databases.
_LAST = "\U0010ffff"


class Term(NamedTuple):
    """A word or phrase. With `is_prefix`, the last word also matches longer words that begin with it."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """A query that matches all `required` and no `excluded` terms. Without required terms it matches nothing."""

    required: tuple[Term, ...]
    excluded: tuple[Term, ...]

    @property
    def word_count(self) -> int:
        """Return the number of words in all terms."""
        return sum(len(term.words) for term in (*self.required, *self.excluded))

    @property
    def parameters(self) -> dict[str, object]:
        """Return the bind parameters of the conditions on both databases."""
        prefix = next((term.words[-1] for term in self.required if term.is_prefix), None)
        words = sorted({word for term in self.required for word in term.words} - {prefix})
        operands = [f"'{word}'" for word in words] + ([f"'{prefix}':*"] if prefix else [])
        return {
            "q_tsquery": self._tsquery(),
            "q_match": self._match(),
            "words_tsquery": " | ".join(operands),
            "words_json": json.dumps(words),
            "words_count": max(len(operands), 1),
            "prefix": prefix or _LAST,
            "prefix_end": (prefix or "") + _LAST,
        }

    def _tsquery(self) -> str:
        """Return the query for PostgreSQL's to_tsquery."""
        if not self.required:
            return ""
        required = [_tsquery_of(term) for term in self.required]
        return " & ".join([*required, *(f"!({_tsquery_of(term)})" for term in self.excluded)])

    def _match(self) -> str:
        """Return the query for FTS5's MATCH."""
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
    # One ASCII letter is the prefix of too many words; one Chinese character is not.
    return len(word) > 1 or not word.isascii()


def parse_query(text: str) -> SearchQuery:
    """Parse words, "phrases" and excluded terms: -word, -"phrase".

    Punctuation within a word makes it a phrase, as in open-source. The last word is a prefix, unless it is excluded or
    in closed quotes.
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
