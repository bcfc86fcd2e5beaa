"""Split HTML into the blocks of Markdown: paragraphs, headings, lists, quotes, tables and so on."""

from __future__ import annotations

from collections.abc import Iterator

from turbohtml import Comment, Element, Node, Text, parse_fragment

_BLOCKS = frozenset(
    {
        "blockquote", "dd", "details", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6",
        "hr", "li", "ol", "p", "pre", "section", "summary", "table", "ul",
    }
)  # fmt: skip
# Their content is a sequence of blocks or text.
_TRANSPARENT = frozenset({"div", "p", "section"})
_SEEN = ("img", "input")
_BLANK = " \t\n\f\r\u00a0\u200b\ufeff"


def split_blocks(root: Element) -> list[Element]:
    """Return the blocks in order. Text between them, and around two line breaks, becomes paragraphs."""
    blocks: list[Element] = []
    run: list[Node] = []
    new = _NewElements()
    for node in _flat(root):
        if node is None or (isinstance(node, Element) and node.tag in _BLOCKS):
            blocks += _paragraphs(run, new)
            run = []
            if node is not None:
                blocks.append(node)
        else:
            run.append(node)
    return [*blocks, *_paragraphs(run, new)]


class _NewElements:
    """Makes empty elements, of which many are in the same document.

    `Element(tag)` creates a document for each, which takes 10 kB, and in long texts gigabytes.
    """

    def __init__(self) -> None:
        self._elements = {tag: self._make(tag) for tag in ("div", "p")}

    def make(self, tag: str) -> Element:
        """Return a new `<div>` or `<p>`."""
        return next(self._elements[tag])

    def _make(self, tag: str) -> Iterator[Element]:
        number = 4
        while True:
            for element in list(parse_fragment(f"<{tag}></{tag}>" * number, positions=False).children):
                element.extract()
                assert isinstance(element, Element)
                yield element
            number = min(2 * number, 1000)


def _flat(parent: Element) -> Iterator[Node | None]:
    """Yield blocks and what is between them, with None at the borders of containers."""
    for node in list(parent.children):
        if isinstance(node, Element) and _is_transparent(node):
            yield None
            yield from _flat(node)
            yield None
        elif not isinstance(node, Comment):
            yield node


def _is_transparent(element: Element) -> bool:
    if element.tag == "figure":
        return not element.select_one("figcaption")
    return element.tag in _TRANSPARENT


def _paragraphs(run: list[Node], new: _NewElements) -> Iterator[Element]:
    """Yield the paragraphs of text and inline elements, which two line breaks separate, without blank ones."""
    paragraph: list[Node] = []
    breaks = 0
    for node in run:
        if isinstance(node, Element) and node.tag == "br":
            breaks += 1
        elif not (isinstance(node, Text) and not node.data.strip(_BLANK)):
            if breaks > 1:
                yield from _paragraph(paragraph, new)
                paragraph = []
            breaks = 0
        paragraph.append(node)
    yield from _paragraph(paragraph, new)


def _paragraph(nodes: list[Node], new: _NewElements) -> Iterator[Element]:
    while nodes and _is_blank(nodes[-1]):
        nodes.pop()
    if all(_is_blank(node) for node in nodes):
        return
    holds_blocks = any(isinstance(node, Element) and any(node.iter_elements(_BLOCKS)) for node in nodes)
    element = new.make("div" if holds_blocks else "p")
    element.extend(nodes)
    yield element


def _is_blank(node: Node) -> bool:
    if isinstance(node, Element):
        return not node.text.strip(_BLANK) and not any(node.iter_elements(_SEEN, include_self=True))
    return not isinstance(node, Text) or not node.data.strip(_BLANK)
