"""The formats in XML: Atom 1.0 (RFC 4287) and RSS 2.0. Jinja escapes all values."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from blog_api.text.feeds.feed import Feed
from blog_api.text.times import format_time

_TEMPLATES = Path(__file__).parent / "templates"
# The characters that XML 1.0 forbids, also as references: control characters, U+FFFE and U+FFFF.
_CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
_NONCHARACTERS = ("\ufffe".encode(), "\uffff".encode())


_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
# RSS takes a description for HTML.
_environment.filters |= {"rfc3339": format_time, "rfc822": format_datetime, "as_html": escape}


def write_atom(feed: Feed) -> bytes:
    """Return the feed as Atom 1.0, in UTF-8."""
    return _render("atom.xml", feed)


def write_rss(feed: Feed) -> bytes:
    """Return the feed as RSS 2.0, in UTF-8."""
    return _render("rss.xml", feed)


def _render(template: str, feed: Feed) -> bytes:
    return encode_xml(_environment.get_template(template).render(feed=feed))


def encode_xml(document: str) -> bytes:
    """Encode an XML document in UTF-8, without the characters that XML 1.0 forbids."""
    encoded = document.encode().translate(None, _CONTROLS)
    for character in _NONCHARACTERS:
        encoded = encoded.replace(character, b"")
    return encoded
