"""A real SMTP server on a free port of the loopback interface."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.certificates import Certificate
from tests.postgres import free_port


@dataclass
class Mailbox:
    """Received messages, and the responses of the server."""

    port: int = 0
    # The messages, with their senders and recipients.
    taken: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    # Responses that reject a recipient or a message.
    to_recipient: str = ""
    to_message: str = ""
    # Called when a message has arrived, before the response.
    on_message: Callable[[], None] = lambda: None

    async def handle_RCPT(  # noqa: N802 - the name is that of aiosmtpd
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if not self.to_recipient:
            envelope.rcpt_tos.append(address)
        return self.to_recipient or "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_string(envelope.content.decode(), policy=policy.SMTPUTF8)
        if "{text}" in self.to_message:
            return self.to_message.format(text=" ".join(message.get_content().split()))
        if not self.to_message:
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, message))
            self.on_message()
        return self.to_message or "250 OK"


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"blog", b"s:cret"), handled=False)


@contextmanager
def receive(certificate: Certificate | None = None, *, implicit_tls: bool = False) -> Iterator[Mailbox]:
    """Run a server. With a certificate it supports STARTTLS, or implicit TLS with `implicit_tls`."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate.file, certificate.key)
    mailbox = Mailbox(port=free_port())
    options: dict[str, Any] = {"authenticator": _authenticate} if context else {}
    if context and not implicit_tls:
        options["tls_context"] = context
    elif context:
        options["auth_require_tls"] = False
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=mailbox.port,
        ssl_context=context if implicit_tls else None,
        enable_SMTPUTF8=True,
        **options,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
