"""How turbohtml writes Markdown for the renderer of this service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from turbohtml import Element, Markdown

from blog_api.text.html_to_markdown.footnotes import REFERENCE

# Elements without a form in Markdown that can stand in its text.
INLINE_HTML = (
    "abbr", "bdi", "bdo", "cite", "dfn", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "samp", "small", "sub", "sup",
    "time", "u", "var", "wbr",
)  # fmt: skip
_ALIGNED = {"center": ":---:", "left": ":---", "right": "---:"}


def _inline_html(element: Element, content: str) -> str:
    start = Element(element.tag, dict(element.attrs)).html.removesuffix(f"</{element.tag}>")
    return start if element.tag == "wbr" else f"{start}{content}</{element.tag}>"


def _superscript(element: Element, content: str) -> str:
    return f"[^{content}]" if element.matches(REFERENCE) else _inline_html(element, content)


def _table(element: Element, _content: str) -> str:
    """Return a table with the alignment of its columns, or nothing if it is too complex for Markdown."""
    lines = element.to_markdown(_IN_TABLES).split("\n")
    row = element.select_one("tr")
    if row is None or len(lines) < 2 or not lines[1].startswith("| ---"):
        return ""
    cells = [cell for cell in row.children if isinstance(cell, Element)]
    lines[1] = f"| {' | '.join(_ALIGNED.get(cell.attr('align') or '', '---') for cell in cells)} |"
    return "\n\n" + "\n".join(lines) + "\n\n"


def _checkbox(element: Element, _content: str) -> str:
    return "[x]" if element.checked else "[ ]"


# With converters, turbohtml 1.15 writes no checkboxes itself.
_CONVERTERS: Mapping[str, Callable[[Element, str], str]] = {
    **dict.fromkeys(INLINE_HTML, _inline_html),
    "input": _checkbox,
    "sup": _superscript,
}
_IN_TABLES = Markdown(converters=_CONVERTERS)
OPTIONS = replace(_IN_TABLES, converters={**_CONVERTERS, "table": _table})
