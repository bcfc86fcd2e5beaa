"""Convert HTML to Markdown that is rendered to the same text, links, images and tables: docs/moving.md.

turbohtml writes the Markdown. Each block of it is rendered again and compared with the HTML; a block that does not show
the same stays as HTML, which the renderer allows in Markdown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import indent

from turbohtml import Element, parse_fragment

from blog_api.text.controls import CONTROLS
from blog_api.text.html_to_markdown.blocks import split_blocks
from blog_api.text.html_to_markdown.embeds import link_embeds
from blog_api.text.html_to_markdown.footnotes import take_footnotes
from blog_api.text.html_to_markdown.preparing import languages_of, prepare, restore_languages
from blog_api.text.html_to_markdown.writing import Writer
from blog_api.text.issues import Code, Tally
from blog_api.text.rendering import TooComplex
from blog_api.text.rendering.sanitizing import sanitize
from blog_api.text.rendering.tidying import tidy

# Posts cannot have control characters, except for line breaks and tabs.
_CONTROLS = re.compile(f"[{CONTROLS}]")


# In characters. No post can have more.
MAX_LENGTH = 500_000


@dataclass(frozen=True, slots=True)
class Converted:
    """Markdown, and the names of the elements that have no form in it, in alphabetical order.

    Those in `kept` are still HTML, those in `linked` became links to what they embed, and those in `removed` are gone.
    """

    markdown: str
    kept: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def tallies(self) -> tuple[Tally, ...]:
        """Return what an import reports about these elements."""
        found = (
            (Code.HTML_KEPT, "stays as HTML", self.kept),
            (Code.EMBED_LINKED, "became a link", self.linked),
            (Code.HTML_REMOVED, "is not allowed and was removed", self.removed),
        )
        return tuple(
            Tally(code, f"the element <{name}> {text}") for code, text, names in found for name in names
        )


def convert(html: str) -> Converted:
    """Convert the HTML of a post to Markdown. It raises no exception, whatever the HTML is.

    Only returns the text if that is too long for a post, because the rest would take gigabytes.
    """
    root = parse_fragment(_CONTROLS.sub("", html).encode("utf-8", "replace").decode(), positions=False)
    linked = link_embeds(root)
    removed = prepare(root)
    notes = take_footnotes(root)
    languages = languages_of(root)
    tidy(root)
    root = _sanitized(root)
    text = root.text
    if len(text) > MAX_LENGTH and sum(map(len, text.split())) > MAX_LENGTH:
        return Converted(text)
    restore_languages(root, languages)
    writer = Writer()
    parts = [writer.write(split_blocks(root))]
    for label, note in notes.items():
        body = writer.write(split_blocks(_sanitized(note)))
        parts.append(indent(f"[^{label}]: {body}", "    ").strip())
    markdown = _CONTROLS.sub("", "\n\n".join(filter(None, parts)))
    return Converted(markdown, *map(_names, (writer.kept, linked, removed)))


def _names(tags: set[str]) -> tuple[str, ...]:
    return tuple(sorted(tags))


def _sanitized(root: Element) -> Element:
    """Return the tree without what the renderer would remove, or the tree itself if that takes too long."""
    try:
        return parse_fragment(sanitize(root.inner_html, trusted=True), positions=False)
    except TooComplex:
        return root
