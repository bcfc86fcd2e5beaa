"""Mail domains as the DNS has them.

Encoded by idna (IDNA 2008): by the rules of 2003 in Python's own codec straße is strasse, somebody else's domain.
"""

from __future__ import annotations

import unicodedata

import idna


def domain_in_ascii(domain: str) -> str:
    """Return the domain in ASCII. Raises ValueError if it has no such form."""
    if domain.startswith("["):
        # An address literal would let anyone make the mail server connect into its own network.
        raise ValueError("this is the number of a machine, and no domain")
    if domain.isascii():
        return domain
    # Only case and width are mapped: invisible characters are refused, and not removed as idna's `uts46` would.
    return idna.encode(unicodedata.normalize("NFKC", domain).lower()).decode()
