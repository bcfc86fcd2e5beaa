"""Remove the comments with which the block editor of WordPress (Gutenberg) marks blocks."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import NamedTuple

from blog_api.services.importing.wordpress.paragraphs import add_paragraphs
from blog_api.services.importing.wordpress.shortcodes import code_block

# WordPress escapes angle brackets in the JSON of a block.
_MARK = re.compile(r"<!--\s+(/?)wp:([a-z][a-z0-9_/-]*)\s([^<>]*?)(/?)-->")
_TAG = re.compile(r"<[^<>]*>")
_CODE_BLOCKS = ("code", "syntaxhighlighter/code", "kevinbatdorf/code-block-pro", "enlighter/codeblock")
_WITHOUT_HTML = ("more", "nextpage")


class Unmarked(NamedTuple):
    """HTML without marks, and the names of blocks that have no HTML, with duplicates."""

    html: str
    empty: list[str]


def has_blocks(html: str) -> bool:
    """Return whether the text was written with the block editor."""
    return "<!-- wp:" in html


def remove_marks(html: str) -> Unmarked:
    """Remove the marks. Text outside of blocks was written with the classic editor, and gets its paragraphs."""
    pieces: list[str] = []
    empty: list[str] = []
    language = ""
    depth = end = 0
    for match in _MARK.finditer(html):
        between = html[end : match.start()]
        pieces.append(_highlighted(between, language) if depth else add_paragraphs(between))
        end, name, language = match.end(), match[2], ""
        if match[4]:
            empty += [] if name in _WITHOUT_HTML else [name]
        elif match[1]:
            depth = max(0, depth - 1)
        else:
            depth += name != "freeform"
            language = _language(match[3]) if name in _CODE_BLOCKS else ""
    pieces.append(html[end:] if depth else add_paragraphs(html[end:]))
    return Unmarked("".join(pieces), empty)


def _language(options: str) -> str:
    try:
        values = json.loads(options or "{}")
    except (ValueError, RecursionError):
        return ""
    language = values.get("language") if isinstance(values, dict) else None
    return language if isinstance(language, str) else ""


def _highlighted(html: str, language: str) -> str:
    """Return the code in `<pre>`, highlighted as this language."""
    start, end = html.find("<pre"), html.rfind("</pre>")
    if not language or not 0 <= start < end:
        return html
    return code_block(unescape(_TAG.sub("", html[start:end])), language)
