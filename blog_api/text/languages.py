"""Language tags (BCP 47), such as en, pt-BR or zh-Hant-TW."""

from __future__ import annotations

LANGUAGE_TAG = "[A-Za-z]{2,8}(?:-[0-9A-Za-z]{1,8})*"
MAX_LANGUAGE_TAG = 35


def canonical_language(tag: str) -> str:
    """Return a language tag in the usual case (RFC 5646, section 2.1.1), so that equal tags are equal strings."""
    first, *rest = tag.lower().split("-")
    subtags = [first]
    for subtag in rest:
        after_singleton = len(subtags[-1]) == 1
        subtags.append(subtag if after_singleton else _in_usual_case(subtag))
    return "-".join(subtags)


def _in_usual_case(subtag: str) -> str:
    """Return a region in upper case and a script in title case."""
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag
