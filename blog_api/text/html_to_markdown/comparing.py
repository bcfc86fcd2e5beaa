"""Compare what two trees of HTML show: their text, links, images, lists, tables and formatting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from turbohtml import Element, Node, Text

from blog_api.text.html_to_markdown.footnotes import MARK

_EQUAL = {"b": "strong", "i": "em", "del": "s", "strike": "s"}
_FORMATS = frozenset(
    {
        "abbr", "bdi", "bdo", "cite", "code", "dfn", "em", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp",
        "small", "strong", "sub", "sup", "time", "u", "var",
    }
)  # fmt: skip
_STRUCTURE = frozenset(
    {
        "blockquote", "caption", "dd", "details", "dl", "dt", "figcaption", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
        "li", "ol", "summary", "table", "td", "th", "tr", "ul",
    }
)  # fmt: skip
_BORDERS = frozenset({"div", "figure", "p", "section"})
_ATTRIBUTES = ("colspan", "rowspan", "start", "value")
# Characters that cannot occur in text, because control characters are removed before.
_BORDER, _BREAK, _PICTURE, _NOTE, _TAG, _CODE = "\x01", "\x02", "\x03", "\x04", "\x05", "\x06"
_EDGES = f" {_BREAK}"
_IN_CODE = str.maketrans({" ": "\x07", "\t": "\x08", "\n": "\x0e", _BREAK: "\x0e", _BORDER: "\x0e"})
_BLANK = f" \u00a0\u200b\ufeff{_BREAK}"
# The characters that pulldown-cmark leaves as they are in URLs.
_URL_CHARACTERS = "-_.+!*'(),%#@?=;:/&$~"


@dataclass
class Shown:
    """What a reader sees: the text between borders of blocks, links, images, and formatted text."""

    text: list[str] = field(default_factory=list)
    links: list[tuple[str, str, str]] = field(default_factory=list)
    images: list[tuple[str, str, str]] = field(default_factory=list)
    formats: list[tuple[str, str]] = field(default_factory=list)

    def is_empty(self) -> bool:
        """Return whether there is neither text nor anything else to see."""
        tags = (f"{_TAG}hr", f"{_TAG}/hr")
        return not any(
            part in tags or (not part.startswith(_TAG) and part.strip(_BLANK)) for part in self.text
        )

    @classmethod
    def of(cls, parts: Iterable[Shown]) -> Shown:
        """Return what is shown of several blocks one after the other."""
        whole = cls()
        for part in parts:
            whole.text += part.text
            whole.links += part.links
            whole.images += part.images
            whole.formats += part.formats
        return whole


def shown(root: Element) -> Shown:
    """Return what is shown of an element."""
    result, parts = Shown(), list[str]()
    _walk(root, parts, result)
    segments = (segment.strip(_EDGES) for segment in _tidy("".join(parts)).split(_BORDER))
    result.text = [segment for segment in segments if segment]
    return result


def _tidy(text: str) -> str:
    """Collapse white space as browsers do, except in code. (`\\s` would match no-break spaces.)"""
    for space in "\t\n\f\r":
        text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text.replace(f" {_BREAK}", _BREAK).replace(f"{_BREAK} ", _BREAK)


def _url(url: str | None) -> str:
    return quote((url or "").strip(), safe=_URL_CHARACTERS)


def _walk(node: Node, parts: list[str], result: Shown) -> None:
    if isinstance(node, Text):
        parts.append(node.data)
    elif isinstance(node, Element):
        if node.tag in _STRUCTURE:
            _walk_structure(node, parts, result)
        elif node.tag == "pre":
            _walk_code(node, parts, result)
        else:
            _walk_inline(node, parts, result)


def _walk_structure(node: Element, parts: list[str], result: Shown) -> None:
    # Markdown aligns the cells of a column as its header.
    names = ("align", *_ATTRIBUTES) if node.tag == "th" else _ATTRIBUTES
    values = [
        f" {name}={value}" for name in names if (value := node.attr(name)) and (name, value) != ("start", "1")
    ]
    parts.append(f"{_BORDER}{_TAG}{node.tag}{''.join(values)}{_BORDER}")
    _walk_children(node, parts, result)
    parts.append(f"{_BORDER}{_TAG}/{node.tag}{_BORDER}")


def _walk_children(node: Element, parts: list[str], result: Shown) -> None:
    for child in node.children:
        _walk(child, parts, result)


def _walk_code(node: Element, parts: list[str], result: Shown) -> None:
    inner, around = list[str](), Shown()
    _walk_children(node, inner, around)
    result.links += around.links
    result.images += around.images
    result.formats += [found for found in around.formats if found[0] != "code"]
    code = "".join(inner).translate(_IN_CODE).strip("\x0e")
    parts.append(f"{_BORDER}{_CODE}{code}{_BORDER}")


def _walk_inline(node: Element, parts: list[str], result: Shown) -> None:
    tag = _EQUAL.get(node.tag, node.tag)
    if tag == "br":
        parts.append(_BREAK)
    elif tag == "img":
        parts.append(_PICTURE)
        result.images.append(
            (_url(node.attr("src")), _tidy(node.attr("alt") or ""), node.attr("title") or "")
        )
    elif tag == "input":
        parts.append("[x]" if node.attr("checked") is not None else "[ ]")
    elif tag == "sup" and (node.has_class(MARK) or node.has_class("footnote-reference")):
        parts.append(_NOTE)
    elif tag in _BORDERS:
        parts.append(_BORDER)
        _walk_children(node, parts, result)
        parts.append(_BORDER)
    else:
        start = len(parts)
        _walk_children(node, parts, result)
        text = _tidy("".join(parts[start:])).strip(_EDGES)
        if tag == "a" and node.attr("href") is not None:
            result.links.append((_url(node.attr("href")), node.attr("title") or "", text))
        elif tag in _FORMATS and text:
            result.formats.append((tag, text))
