"""Read the summary of a post: from its front matter, or from the text before a marker such as `<!-- more -->`."""

from __future__ import annotations

import re
from typing import NamedTuple

from blog_api.text.excerpts import plain_text
from blog_api.text.front_matter import FrontMatter

SUMMARY_KEYS = ("summary", "excerpt", "deck")
# Jekyll's key for another marker.
MARKER_KEY = "excerpt_separator"
_MORE = re.compile(r"<!--[ \t]*more[ \t]*-->", re.IGNORECASE)
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)", re.MULTILINE)
_REFERENCE = re.compile(r"\]\[[^\[\]\n]*\]")
_TEMPLATE_TAG = re.compile(r"\{%[^{}]*%\}")


class Summary(NamedTuple):
    """A summary as plain text, the key that has it, if any, and the content without the marker."""

    text: str
    key: str
    content: str


def read_summary(matter: FrontMatter) -> Summary:
    """Return the first of: a key for summaries, the text before the marker, and the description."""
    before, content = _split(matter.body, matter.text(MARKER_KEY))
    for key in (*SUMMARY_KEYS, "", "description"):
        text = matter.first(key) if key else _as_text(before)
        if text:
            return Summary(text, key or "content", content)
    return Summary("", "", content)


def _as_text(markdown: str) -> str:
    return plain_text(_TEMPLATE_TAG.sub(" ", _REFERENCE.sub("]", markdown)))


def _split(body: str, separator: str) -> tuple[str, str]:
    """Return the text before the first marker outside code, and the body without that marker."""
    if not separator and "<!--" not in body:
        return "", body
    pattern = re.compile(re.escape(separator)) if separator else _MORE
    for found in pattern.finditer(body):
        before, after = body[: found.start()], body[found.end() :]
        if not _is_in_code(before):
            # Jekyll's separator can be an empty line, or text of the post.
            is_comment = found[0].startswith("<!--")
            return before, _join(before, after) if is_comment else body
    return "", body


def _is_in_code(before: str) -> bool:
    """Return whether a fenced block or a code span is open at the end of a text."""
    fence = ""
    for found in _FENCE.finditer(before):
        if not fence:
            fence = found[1]
        elif found[1].startswith(fence):
            fence = ""
    line = before[before.rfind("\n") + 1 :]
    return bool(fence) or line.count("`") % 2 == 1


def _join(before: str, after: str) -> str:
    """Join two parts of a text, without the line or the space that was left for the marker between them."""
    if before.endswith("\n") or not before:
        return before + after.lstrip("\n") if after.startswith("\n") else before + after.lstrip(" \t")
    if before.endswith((" ", "\t")):
        return (
            before + after.lstrip(" \t")
            if after.lstrip(" \t")[:1] not in ("", "\n")
            else before.rstrip() + after
        )
    return before + after
