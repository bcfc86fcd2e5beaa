"""Convert the formats of Ghost's editors to HTML, for posts without HTML in the export."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from blog_api.text.rendering import render

# Deeper content is left out.
_MAX_DEPTH = 50
_BLOCKS = {
    "paragraph": "p",
    "quote": "blockquote",
    "listitem": "li",
    "aside": "blockquote",
    "extended-quote": "blockquote",
}
# The bits of `format`.
_FORMATS = ((1, "strong"), (2, "em"), (4, "s"), (16, "code"), (32, "sub"), (64, "sup"))
# As in the HTML that Ghost stores.
_GATED = "<!--kg-gated-block:begin nonMember:false -->"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def editor_html(text: str) -> str:
    """Return the HTML of a document of either editor, or "" if it is empty or broken."""
    try:
        document = json.loads(text)
        if "root" in document:
            return _lexical(document["root"], 0)
        return "".join(_section(section, document) for section in document.get("sections", ()))
    except (ValueError, RecursionError, TypeError, AttributeError, LookupError):
        return ""


def _lexical(node: dict[str, Any], depth: int) -> str:
    """Return the HTML of a node of Lexical, the editor since Ghost 5."""
    kind = node.get("type")
    if depth > _MAX_DEPTH:
        return ""
    if kind in ("text", "extended-text"):
        return _formatted(node)
    if kind == "linebreak":
        return "<br>"
    inner = "".join(_lexical(child, depth + 1) for child in node.get("children") or ())
    if kind == "link":
        return f'<a href="{escape(str(node.get("url", "")))}">{inner}</a>'
    tag = str(node.get("tag", ""))
    if kind == "list":
        return f"<{'ol' if tag == 'ol' else 'ul'}>{inner}</{'ol' if tag == 'ol' else 'ul'}>"
    if kind in ("heading", "extended-heading"):
        tag = tag if tag in _HEADINGS else "p"
        return f"<{tag}>{inner}</{tag}>"
    if kind in _BLOCKS:
        return f"<{_BLOCKS[kind]}>{inner}</{_BLOCKS[kind]}>"
    card = inner or _card(str(kind), node)
    return card if _is_for_all(node) else f"{_GATED}{card}"


def _is_for_all(card: dict[str, Any]) -> bool:
    """Return whether readers other than members see a card. Ghost has written this in two forms."""
    visibility = card.get("visibility") or {}
    web = visibility.get("web") or {}
    hidden = (
        web.get("nonMember") is False,
        visibility.get("showOnWeb") is False,
        visibility.get("emailOnly"),
    )
    return not any(hidden)


def _formatted(node: dict[str, Any]) -> str:
    html = escape(str(node.get("text", "")))
    for bit, tag in _FORMATS:
        if int(node.get("format") or 0) & bit:
            html = f"<{tag}>{html}</{tag}>"
    return html


def _card(name: str, card: dict[str, Any]) -> str:
    """Return the HTML of a card of either editor."""
    if name in ("html", "card-html"):
        return str(card.get("html") or "")
    if name in ("markdown", "card-markdown"):
        return render(str(card.get("markdown") or ""), base_url=None, trusted=True).html
    if name in ("code", "codeblock"):
        language = escape(str(card.get("language") or ""))
        return f'<pre><code class="language-{language}">{escape(str(card.get("code") or ""))}</code></pre>'
    if name in ("hr", "horizontalrule"):
        return "<hr>"
    if name == "image":
        image = f'<img src="{escape(str(card.get("src") or ""))}" alt="{escape(str(card.get("alt") or ""))}">'
        return f"<figure>{image}{_caption(card)}</figure>"
    url = card.get("url") or card.get("src")
    return f'<p><a href="{escape(str(url))}">{escape(str(url))}</a></p>' if url else ""


def _caption(card: dict[str, Any]) -> str:
    return f"<figcaption>{card['caption']}</figcaption>" if card.get("caption") else ""


def _section(section: list[Any], document: dict[str, Any]) -> str:
    """Return the HTML of a section of mobiledoc, the format of Ghost 1 to 4."""
    kind, *values = section
    if kind == 1:
        tag, markers = values
        return f"<{tag}>{_markers(markers, document)}</{tag}>"
    if kind == 3:
        tag, items = values
        return f"<{tag}>{''.join(f'<li>{_markers(item, document)}</li>' for item in items)}</{tag}>"
    if kind == 10:
        return _card(*document["cards"][values[0]])
    return _card("image", {"src": values[0]}) if kind == 2 else ""


def _markers(markers: Iterable[Any], document: dict[str, Any]) -> str:
    """Return the HTML of text. Each piece says which markups begin before it, and how many end after it."""
    html, open_tags = "", list[str]()
    for kind, begun, ended, text in markers:
        for number in begun:
            tag, *attributes = document["markups"][number]
            pairs = attributes[0] if attributes else []
            values = "".join(
                f' {escape(name)}="{escape(value)}"'
                for name, value in zip(pairs[::2], pairs[1::2], strict=False)
            )
            html += f"<{tag}{values}>"
            open_tags.append(tag)
        html += escape(str(text)) if kind == 0 else "<br>"
        for _ in range(ended):
            html += f"</{open_tags.pop()}>"
    return html
