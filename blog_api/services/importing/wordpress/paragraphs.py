"""Turn line breaks into paragraphs, as WordPress does for comments and posts of the classic editor (`wpautop`).

An empty line begins a paragraph, any other line break becomes `<br>`, and block elements are not wrapped.
"""

from __future__ import annotations

import re

# A comment, or a tag, which ends at the next bracket, so that matching is linear.
_MARKUP = re.compile(r"<!--[^<>]*-->|</?([A-Za-z][A-Za-z0-9]*)[^<>]*>")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n\s*")
_BREAK = "<br>\n"
# Elements whose text is not changed.
_VERBATIM = ("pre", "script", "style", "textarea", "svg", "math", "object", "iframe")
# Elements in which text becomes paragraphs.
_CONTAINERS = (
    "article", "aside", "blockquote", "div", "fieldset", "footer", "form", "header", "main", "section",
)  # fmt: skip
# Elements in which text becomes paragraphs only if it has an empty line.
_TEXT_BLOCKS = (
    "address", "caption", "dd", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "legend", "li", "p",
    "summary", "td", "th",
)  # fmt: skip
_OTHER_BLOCKS = (
    "col", "colgroup", "details", "dl", "figure", "hr", "ol", "table", "tbody", "tfoot", "thead", "tr", "ul",
)  # fmt: skip
_BLOCKS = frozenset((*_VERBATIM, *_CONTAINERS, *_TEXT_BLOCKS, *_OTHER_BLOCKS))


def add_paragraphs(html: str) -> str:
    """Return the HTML with paragraphs and line breaks."""
    writer = _Writer()
    end = 0
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    while match := _MARKUP.search(html, end):
        writer.text(html[end : match.start()])
        name = (match[1] or "").lower()
        end = match.end()
        if name in _VERBATIM and not match[0].startswith("</"):
            end = _end_of(name, html, end)
            writer.block(html[match.start() : end], "")
        elif name in _BLOCKS:
            writer.block(match[0], name)
        else:
            writer.inline(match[0], is_break=name == "br")
    writer.text(html[end:])
    writer.flush()
    return "".join(writer.pieces)


def _end_of(name: str, html: str, start: int) -> int:
    """Return where an element ends. One without an end tag ends with the text."""
    match = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(html, start)
    return match.end() if match else len(html)


class _Writer:
    """Collects text until the next block, and writes it as paragraphs."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._paragraphs: list[list[str]] = [[]]
        self._element = "div"

    def text(self, text: str) -> None:
        """Add text between two tags."""
        first, *others = _EMPTY_LINE.split(text)
        self._add(first)
        for paragraph in others:
            self._paragraphs.append([])
            self._add(paragraph)

    def _add(self, text: str) -> None:
        current = self._paragraphs[-1]
        first, *others = text.split("\n")
        current.append(first.rstrip(" \t") if others else first)
        for number, line in enumerate(others, 1):
            # A line break after <br> is the same one.
            is_doubled = number == 1 and not first.strip() and _BREAK in current[-2:]
            current += [
                "" if is_doubled else _BREAK,
                line.strip(" \t") if number < len(others) else line.lstrip(" \t"),
            ]

    def inline(self, tag: str, *, is_break: bool) -> None:
        """Add a tag within a paragraph. Comments are left out."""
        if not tag.startswith("<!--"):
            self._paragraphs[-1].append(_BREAK if is_break else tag)

    def block(self, tag: str, name: str) -> None:
        """Add the start or the end of a block."""
        self.flush()
        self.pieces.append(f"{tag}\n")
        self._element = "div" if not name or tag.startswith("</") else name

    def flush(self) -> None:
        """Write the collected text."""
        paragraphs = [text for parts in self._paragraphs if (text := _join(parts))]
        self._paragraphs = [[]]
        is_text_block = self._element in _TEXT_BLOCKS
        if self._element == "p":
            self.pieces.append("</p>\n<p>".join(paragraphs))
        elif is_text_block and len(paragraphs) == 1:
            self.pieces += paragraphs
        else:
            self.pieces += [f"<p>{text}</p>\n" for text in paragraphs]


def _join(parts: list[str]) -> str:
    """Return the text without spaces and line breaks at both ends."""
    start, end = 0, len(parts)
    while start < end and _is_space(parts[start]):
        start += 1
    while end > start and _is_space(parts[end - 1]):
        end -= 1
    return "".join(parts[start:end]).strip()


def _is_space(part: str) -> bool:
    return part == _BREAK or not part.strip()
