"""Turn URLs in text into links, and resolve relative ones."""

from urllib.parse import urljoin

from turbohtml import Element
from turbohtml.clean import LinkCandidate, Linker, Linkify


def _marked_as_link(link: LinkCandidate) -> LinkCandidate | None:
    # Without either prefix, every file name that ends like a domain would become a link.
    return link if link.text.lower().startswith(("http://", "https://", "www.")) else None


_LINKER = Linker(
    Linkify(
        callbacks=[_marked_as_link],
        schemes=["http", "https"],
        skip_tags=["code", "kbd", "pre", "samp"],
    )
)


def link_addresses(root: Element) -> None:
    """Turn text that begins with http://, https:// or www. into links, except in code."""
    _LINKER.linkify_node(root)


def resolve_links(root: Element, base_url: str) -> None:
    """Make relative URLs of links and images absolute (RFC 3986), except for links within the page."""

    def resolve(url: str) -> str:
        try:
            return url if url.startswith("#") else urljoin(base_url, url)
        except ValueError:
            return url

    root.rewrite_links(resolve)
