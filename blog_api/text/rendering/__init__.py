"""Render Markdown to safe HTML: docs/rendering.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blog_api.text.rendering.budget import MAX_SECONDS, Budget, TooComplex
from blog_api.text.rendering.comments import COMMENT_RENDERER_VERSION, MAX_COMMENT, render_comment
from blog_api.text.rendering.footnotes import collect_footnotes
from blog_api.text.rendering.headings import number_headings
from blog_api.text.rendering.links import link_addresses, resolve_links
from blog_api.text.rendering.markdown import POSTS
from blog_api.text.rendering.parsing import parse
from blog_api.text.rendering.pictures import Pictures, place_pictures
from blog_api.text.rendering.sanitizing import sanitize

__all__ = [
    "COMMENT_RENDERER_VERSION", "MAX_COMMENT", "MAX_SECONDS", "RENDERER_VERSION", "Pictures", "Rendered", "TooComplex",
    "render", "render_comment",
]  # fmt: skip

# Increment it when the same content gives other HTML.
RENDERER_VERSION = 4


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML of a post, and its headings in order: `{"level": 2, "id": "hello", "text": "Hello"}`."""

    html: str
    toc: list[dict[str, Any]]


_NO_PICTURES = Pictures()


def render(
    content: str, *, base_url: str | None, trusted: bool, pictures: Pictures = _NO_PICTURES
) -> Rendered:
    """Render Markdown to HTML. Raise TooComplex if it takes too much time or memory.

    Relative links and images are resolved against `base_url`, except for links within the page. Unless the author is
    `trusted`, links tell search engines not to follow them. Images in `pictures` get all their sizes.
    """
    budget = Budget()
    root = parse(content, POSTS, budget)
    collect_footnotes(root)
    toc = number_headings(root, budget)
    link_addresses(root)
    place_pictures(root, pictures)
    if base_url is not None:
        resolve_links(root, base_url)
    budget.check()
    # Sanitise last, so that nothing else has to be trusted.
    html = sanitize(root.inner_html, trusted=trusted)
    budget.check()
    return Rendered(html, toc)
