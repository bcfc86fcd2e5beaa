"""How the settings of mail are read: where it is handed over, whom it is from, and the pages that it links to."""

import re
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server that takes mail: with TLS from the first byte, or by STARTTLS, or, on one's own machine, without."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls_first: bool
    starttls: bool


def smtp_url(text: str) -> SmtpServer:
    """The server at smtp://user:password@host:port, which must know STARTTLS unless `?starttls=false` says that it
    need not, or at smtps://..."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        url, port = urlsplit(""), None
    starttls = {"": True, "starttls=true": True, "starttls=false": False}.get(url.query)
    if url.scheme not in PORTS or not url.hostname or url.path.strip("/") or url.fragment or starttls is None:
        raise ValueError("must be an address such as smtp://user:password@host:587, or smtps://...")
    if url.username and not starttls:
        raise ValueError("must not send a password without TLS: leave out starttls=false, or the password")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if not (user + password).isascii():
        raise ValueError("must have a user and a password of ASCII characters, for smtplib sends no others")
    tls_first = url.scheme == "smtps"
    return SmtpServer(
        url.hostname, port or PORTS[url.scheme], user, password, tls_first, starttls and not tls_first
    )


def mailbox(text: str) -> Address:
    """An address that mail is from, with a name before it or not."""
    found = re.fullmatch(r"([^<>]*)<([^<>\s]+@[^<>\s]+)>|([^<>\s]+@[^<>\s]+)", text)
    try:
        if found is None or not text.isprintable():
            raise ValueError
        return Address((found[1] or "").strip(' "'), addr_spec=found[2] or found[3])
    except (ValueError, MessageError):
        raise ValueError("must be an address such as blog@example.com or Blog <blog@example.com>") from None


def page_url(text: str) -> str:
    """The address of a page of the site, which has {token} where the token is to be."""
    if not re.fullmatch(r"https?://[^\s{}]+\{token\}[^\s{}]*", text):
        raise ValueError(
            "must be the address of a page, with {token} in it, such as https://.../#token={token}"
        )
    return text
