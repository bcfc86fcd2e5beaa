"""Convert Markdown to a tree of HTML for the steps that posts and comments share."""

from turbohtml import Element, parse_fragment

from blog_api.text.rendering.budget import MAX_MARKUP, Budget, TooComplex
from blog_api.text.rendering.markdown import Syntax, to_html
from blog_api.text.rendering.tidying import tidy


def parse(content: str, syntax: Syntax, budget: Budget) -> Element:
    """Return the tidied tree of Markdown. It is not safe yet. Raise TooComplex if it takes too much memory."""
    markup = to_html(content, syntax, budget)
    if len(markup) > MAX_MARKUP:
        raise TooComplex(f"The content has more than {MAX_MARKUP} characters of HTML.")
    root = parse_fragment(markup, positions=False)
    tidy(root)
    budget.check()
    return root
