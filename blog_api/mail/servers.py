"""Parse SMTP_URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server, with implicit TLS, STARTTLS, or no TLS."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    implicit_tls: bool
    starttls: bool


def parse_smtp_url(smtp_url: str) -> SmtpServer:
    """Return the server for a URL that `config.load` has validated."""
    url = urlsplit(smtp_url)
    implicit_tls = url.scheme == "smtps"
    return SmtpServer(
        host=url.hostname or "",
        port=url.port or PORTS[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        implicit_tls=implicit_tls,
        starttls=not implicit_tls and url.query != "starttls=false",
    )
