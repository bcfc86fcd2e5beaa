"""Write blocks as Markdown, or as HTML where Markdown would show something else."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence

from turbohtml import Element

from blog_api.text.html_to_markdown.comparing import Shown, shown
from blog_api.text.html_to_markdown.footnotes import REFERENCE
from blog_api.text.html_to_markdown.options import INLINE_HTML, OPTIONS
from blog_api.text.rendering import TooComplex
from blog_api.text.rendering.budget import Budget
from blog_api.text.rendering.links import link_addresses
from blog_api.text.rendering.markdown import POSTS
from blog_api.text.rendering.parsing import parse

# Blocks without a form in Markdown.
_HTML_ONLY = ":is(caption, details, dl, figcaption, [colspan], [rowspan], table table)"
_PLAIN = POSTS._replace(max_highlighted=0)
# What is written must not depend on the speed of the machine. Other limits bound the time.
_SECONDS = 600.0
_BLANK_LINE = re.compile(r"(?<=\n)([ \t]*)\n")


class Writer:
    """Writes blocks, and collects the names of the elements that stay as HTML in `kept`."""

    def __init__(self) -> None:
        self.kept: set[str] = set()

    def write(self, blocks: Sequence[Element]) -> str:
        """Return Markdown that shows the same as the blocks."""
        originals = [original for block in blocks if not (original := _Original(block)).shown.is_empty()]
        if originals and not any(original.stays_html for original in originals):
            # In most texts, all blocks have a form in Markdown.
            markdown = _markdown(originals)
            if _shows(markdown, originals):
                return self._written(markdown, originals)
        _find_different([original for original in originals if not original.stays_html])
        parts, run = list[str](), list[_Original]()
        for original in originals:
            if original.stays_html:
                parts += [*self._write_run(run), self._html(original.block)]
                run = []
            else:
                run.append(original)
        return "\n\n".join([*parts, *self._write_run(run)])

    def _write_run(self, run: Sequence[_Original]) -> list[str]:
        if not run:
            return []
        markdown = _markdown(run)
        if not _shows(markdown, run):
            return [self._html(original.block) for original in run]
        return [self._written(markdown, run)]

    def _written(self, markdown: str, run: Sequence[_Original]) -> str:
        self.kept |= {tag for original in run for tag in original.inline_html}
        return markdown

    def _html(self, block: Element) -> str:
        """Return a block of HTML, which ends at the first blank line in Markdown."""
        names = {element.tag for element in block.select(_HTML_ONLY)}
        self.kept |= {"table" if name in ("td", "th") else name for name in names} | {block.tag}
        # The sanitizer leaves empty ones.
        for element in block.select(f"{REFERENCE}, [class='']"):
            del element.attrs["class"]
        block.attrs.pop("class", None)
        return _BLANK_LINE.sub(r"\1&#10;", block.html.replace("\r", "&#13;")).strip("\n")


def _linked(block: Element) -> Element:
    """Return the block with its addresses as links, as the renderer makes them."""
    text = block.text.lower()
    if "://" not in text and "www." not in text:
        return block
    copied = Element("div", {}, [copy.deepcopy(block)])
    link_addresses(copied)
    return copied


class _Original:
    """A block of the HTML, and what it shows."""

    def __init__(self, block: Element) -> None:
        self.block = block
        self.stays_html = bool(block.matches(_HTML_ONLY) or block.select_one(_HTML_ONLY))
        self.labels = {mark.text for mark in block.select(REFERENCE)}
        self.inline_html = {
            element.tag for element in block.iter_elements(INLINE_HTML) if not element.matches(REFERENCE)
        }
        self.shown = shown(_linked(block))


def _find_different(originals: Sequence[_Original]) -> None:
    """Mark the blocks that Markdown would not show as they are."""
    if not originals or _shows(_markdown(originals), originals):
        return
    if len(originals) == 1:
        originals[0].stays_html = True
        return
    half = len(originals) // 2
    _find_different(originals[:half])
    _find_different(originals[half:])


def _markdown(originals: Iterable[_Original]) -> str:
    body = Element("div")
    body.extend([original.block for original in originals])
    return body.to_markdown(OPTIONS)


def _shows(markdown: str, originals: Sequence[_Original]) -> bool:
    """Return whether the Markdown is rendered to what the originals show."""
    labels = sorted({label for original in originals for label in original.labels})
    try:
        root = parse(
            "\n\n".join([markdown, *(f"[^{label}]: Note" for label in labels)]), _PLAIN, Budget(_SECONDS)
        )
    except TooComplex:
        return False
    root.remove("div.footnote-definition")
    link_addresses(root)
    return shown(root) == Shown.of(original.shown for original in originals)
