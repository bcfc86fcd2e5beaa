"""Render comments to safe HTML: Markdown without images, headings, tables, footnotes and highlighting."""

from turbohtml import Element, Text

from blog_api.text.rendering.budget import Budget
from blog_api.text.rendering.links import link_addresses
from blog_api.text.rendering.markdown import COMMENTS
from blog_api.text.rendering.parsing import parse
from blog_api.text.rendering.sanitizing import sanitize_comment

# Increment it when the same content gives other HTML.
COMMENT_RENDERER_VERSION = 1
MAX_COMMENT = 10_000
MAX_COMMENT_SECONDS = 0.5


def render_comment(content: str) -> str:
    """Render the Markdown of a comment to HTML. Raise TooComplex if it takes too much time.

    An image becomes a link, and a heading a paragraph. All links tell search engines not to follow them.
    """
    budget = Budget(MAX_COMMENT_SECONDS)
    root = parse(content, COMMENTS, budget)
    for heading in root.select("h1,h2,h3,h4,h5,h6"):
        paragraph = Element("p")
        paragraph.extend(list(heading.children))
        heading.replace_with(paragraph)
    for image in root.select("img"):
        image.replace_with(_link(image))
    link_addresses(root)
    budget.check()
    # Sanitise last, so that nothing else has to be trusted.
    html = sanitize_comment(root.inner_html)
    budget.check()
    return html.strip()


def _link(image: Element) -> Element | Text:
    """Return a link to an image, or its alternative text within another link and without a web address."""
    address = (image.attr("src") or "").strip()
    text = (image.attr("alt") or "").strip()
    if not address.lower().startswith(("http://", "https://")) or image.closest("a"):
        return Text(text)
    link = Element("a", {"href": address})
    link.set_text(text or address)
    return link
