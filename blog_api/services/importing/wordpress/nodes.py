"""The elements of an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# In characters. The text of an element that is longer is cut off.
MAX_TEXT = 3_000_000
_NO_ATTRIBUTES: dict[str, str] = {}


class Node:
    """An element. `is_cut` means that it was too large, and a part of it is missing.

    An export has millions of them, so a text and children take no memory until there are any.
    """

    __slots__ = ("attributes", "children", "is_cut", "line", "name", "text")

    def __init__(self, name: str, line: int, attributes: dict[str, str]) -> None:
        self.name, self.line, self.attributes = name, line, attributes or _NO_ATTRIBUTES
        self.text, self.is_cut = "", False
        self.children: Sequence[Node] = ()

    def add_text(self, text: str) -> int:
        """Add text, up to the limit. Return by how much the element has grown."""
        if len(self.text) + len(text) > MAX_TEXT:
            self.is_cut = True
            return 0
        self.text += text
        return len(text)

    def add(self, child: Node) -> None:
        """Add a child."""
        if isinstance(self.children, list):
            self.children.append(child)
        else:
            self.children = [child]

    def get(self, name: str) -> str:
        """Return the text of the first child with this name, without spaces around it, or ""."""
        for child in self.children:
            if child.name == name:
                return child.text.strip()
        return ""

    def all(self, name: str) -> Iterator[Node]:
        """Return the children with this name."""
        return (child for child in self.children if child.name == name)
