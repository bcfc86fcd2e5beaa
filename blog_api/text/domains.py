"""Domains of mail as the DNS has them."""

from __future__ import annotations

import unicodedata

import idna


def domain_in_ascii(domain: str) -> str:
    """Give the domain in the letters that every server understands. Raises ValueError where there can be none of it."""
    if domain.startswith("["):
        # Whoever could write to one would have the server of mail reach into the network that it stands in.
        raise ValueError("this is the number of a machine, and no domain")
    if domain.isascii():
        return domain
    # By IDNA of 2008: Python's own codec knows that of 2003, by which straße is strasse, the domain of somebody else.
    # Beyond case and width nothing is mapped: what shows nothing is refused, not left out.
    return idna.encode(unicodedata.normalize("NFKC", domain).lower()).decode()
