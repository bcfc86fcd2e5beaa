"""Convert Markdown to HTML."""

import pyromark
from pyromark import Options

from blog_api.text.rendering.budget import Budget
from blog_api.text.rendering.highlighting import Highlighter

_OPTIONS = (
    Options.ENABLE_FOOTNOTES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TABLES | Options.ENABLE_TASKLISTS
)


def to_html(content: str, budget: Budget) -> str:
    """Convert Markdown to HTML, with highlighted code. It is not safe yet: HTML in the content stays as it is."""
    # A lone surrogate cannot be encoded.
    content = content.encode("utf-8", "replace").decode("utf-8")
    return pyromark.html(content, options=_OPTIONS, highlight=Highlighter(budget))
