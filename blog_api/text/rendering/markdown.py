"""Convert Markdown to HTML that is not safe yet."""

import pyromark
from pyromark import Options

_OPTIONS = (
    Options.ENABLE_FOOTNOTES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TABLES | Options.ENABLE_TASKLISTS
)


def to_html(content: str) -> str:
    """Convert Markdown to HTML. HTML in the content stays as it is, so the result is not safe yet."""
    return pyromark.html(content, options=_OPTIONS)
