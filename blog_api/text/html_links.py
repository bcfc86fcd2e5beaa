"""Replace the addresses of links in HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

_LINK = re.compile(r"""(<a\s(?:[^<>]*?\s)?href\s*=\s*)(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)

# Returns the new address for the one of a link, or "" if the link stays unchanged.
FindAddress = Callable[[str], str]


def replace_links(html: str, find_address: FindAddress) -> str:
    """Return the HTML with the addresses that `find_address` returns."""

    def replace(match: re.Match[str]) -> str:
        address = find_address(unescape(match[2] or match[3] or ""))
        return f'{match[1]}"{escape(address)}"' if address else match[0]

    return _LINK.sub(replace, html)
