"""Convert the content of posts to Markdown."""

from __future__ import annotations

import re
from html import escape
from typing import NamedTuple

from turbohtml import Element, parse_fragment

from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.editors import editor_html
from blog_api.services.importing.ghost.rows import Row
from blog_api.text.html_links import FindAddress, replace_links
from blog_api.text.html_to_markdown import convert
from blog_api.text.issues import Code, Note, Tally

# Cards that become links.
_CARDS = "figure.kg-bookmark-card, .kg-audio-card, .kg-video-card, .kg-file-card"
# Forms that work only with Ghost.
_REMOVED = ".kg-signup-card"
# Marks a part that only members see.
_GATED = re.compile(r"""<!--\s*kg-gated-block:begin\b(?![^>]*\bnonMember:["']?true)""")
_LINK = "a.kg-bookmark-container, a.kg-file-card-container, audio, video"
_TITLE = ".kg-bookmark-title, .kg-audio-title, .kg-file-card-title"
_TEXT = ".kg-bookmark-description, .kg-file-card-caption, figcaption"


class Content(NamedTuple):
    """Markdown, notes on its source, and tallies of what was converted.

    `is_gated` says that parts of it are for some readers only.
    """

    markdown: str
    notes: tuple[Note, ...] = ()
    tallies: tuple[Tally, ...] = ()
    is_gated: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether the export has no content for the post."""
        return any(note.code == Code.CONTENT_MISSING for note in self.notes)


def read_content(post: Row, addresses: Addresses, find_address: FindAddress = lambda _address: "") -> Content:
    """Convert the content of a post: its HTML, or else the best source that the export has."""
    if html := post.text("html"):
        return _converted(replace_links(addresses.make_relative(html), find_address))
    if html := editor_html(post.text("lexical", "mobiledoc")):
        content = _converted(replace_links(addresses.make_relative(html), find_address))
        return _with_note(content, "it is made from the source in the editor")
    if markdown := post.text("markdown"):
        return _with_note(Content(addresses.make_relative(markdown)), "it is the Markdown in the export")
    if text := post.text("plaintext"):
        paragraphs = escape(text).split("\n\n")
        html = "".join(f"<p>{paragraph.replace(chr(10), ' ')}</p>" for paragraph in paragraphs)
        return _with_note(_converted(html), "it is the plain text, without formatting and pictures")
    return Content("", (Note(Code.CONTENT_MISSING, "the export has no content for this post"),))


def _with_note(content: Content, detail: str) -> Content:
    note = Note(Code.CONTENT_WITHOUT_HTML, f"the content has no HTML, so {detail}")
    return content._replace(notes=(note,))


def _converted(html: str) -> Content:
    is_gated = _GATED.search(html) is not None
    if "kg-" in html:
        html = _without_cards(html)
    converted = convert(html)
    return Content(converted.markdown, (), converted.tallies(), is_gated)


def _without_cards(html: str) -> str:
    root = parse_fragment(html, positions=False)
    for card in root.select(_CARDS):
        if link := _link(card):
            card.replace_with(*link)
    return root.remove(_REMOVED).inner_html


def _link(card: Element) -> list[Element]:
    """Return paragraphs with a link to what the card shows, and with its description."""
    target = card.select_one(_LINK)
    url = (target.attr("href") or target.attr("src") or "") if target else ""
    if not url:
        return []
    title, text = card.select_one(_TITLE), card.select_one(_TEXT)
    link = Element("a", {"href": url})
    link.set_text((title.text.strip() if title else "") or url)
    paragraphs = [Element("p", {}, [link])]
    if text and text.text.strip():
        paragraphs.append(Element("p", {}, list(text.children)))
    return paragraphs
