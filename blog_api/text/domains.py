"""Convert mail domains to ASCII.

Uses the idna package (IDNA 2008). Python's own codec implements IDNA 2003, which maps straße to strasse, a different
domain.
"""

from __future__ import annotations

import unicodedata

import idna


def domain_in_ascii(domain: str) -> str:
    """Return the domain in ASCII. Raises ValueError if it has no such form."""
    if domain.startswith("["):
        # An address literal would let clients make the mail server connect to its internal network.
        raise ValueError("an IP address is not a domain")
    if domain.isascii():
        return domain
    # Map only case and width. Reject invisible characters, which idna's `uts46` option would remove.
    return idna.encode(unicodedata.normalize("NFKC", domain).lower()).decode()
