"""Handing mail over: to the server of SMTP_URL, or in development to the log."""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid

from flask import current_app

from blog_api.mail.servers import SmtpServer, parse_smtp_url
from blog_api.problems import MailNotConfigured
from blog_api.text.domains import domain_in_ascii

log = logging.getLogger(__name__)

# For each answer of the server, not for all of them together.
TIMEOUT = 15
PERMANENT_FAILURE = 500


@dataclass(frozen=True, slots=True)
class Email:
    """What is told to whom. `secret` is the part of it that nothing else may hold, if it has one."""

    recipient: str
    subject: str
    text: str
    secret: str = ""


class DeliveryError(Exception):
    """The letter was not taken; `permanent` where it will not be taken later either. Says why, without the secret."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


def is_mail_enabled() -> bool:
    """Whether mail is sent, or written to the log. Not in production without SMTP_URL."""
    enabled: bool = current_app.config["MAIL_ENABLED"]
    return enabled


def require_mail() -> None:
    """Raise MailNotConfigured unless mail is enabled."""
    if not is_mail_enabled():
        raise MailNotConfigured


def page_url(setting: str, token: str) -> str:
    """The address of the page in `setting`, with the token."""
    page: str = current_app.config[setting]
    return page.replace("{token}", token)


def deliver(letter: Email) -> None:
    """Hand the letter over. Raises DeliveryError."""
    smtp_url: str | None = current_app.config["SMTP_URL"]
    try:
        message = _message(letter)
    except ValueError as error:
        raise DeliveryError(f"the letter cannot be written: {error}", permanent=True) from error
    if smtp_url is None:
        log.info("mail", extra={"fields": {"to": letter.recipient, "text": letter.text}})
        return
    try:
        _send(parse_smtp_url(smtp_url), message)
    except (OSError, smtplib.SMTPException) as error:
        reason = f"{type(error).__name__}: {error}"
        if letter.secret:
            # A server may well repeat what it refuses; not from the error, whose traceback would have it too.
            reason = reason.replace(letter.secret, "...")
        raise DeliveryError(reason, permanent=_is_permanent(error)) from None


def _message(letter: Email) -> EmailMessage:
    """The letter as it goes over the wire. Raises ValueError for a recipient that is more or less than an address."""
    message = EmailMessage(policy=SMTP)
    sender = current_app.config["MAIL_FROM"]
    message["From"] = sender
    address = _ascii_domain_address(letter.recipient)
    message["To"] = address
    # The header decodes what looks like an encoded word, and then reads another address.
    if [recipient.addr_spec for recipient in message["To"].addresses] != [address]:
        raise ValueError("this is not one address")
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # RFC 3834: nobody's holiday answers it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message


def _ascii_domain_address(address: str) -> str:
    """The address with its domain in ASCII, which every server understands. Raises ValueError for what is none."""
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise ValueError("this is no address")
    return f"{local}@{domain_in_ascii(domain)}"


def _send(server: SmtpServer, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
        if server.tls_first
        else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    ) as connection:
        if server.starttls:
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
        connection.send_message(message)


def _is_permanent(error: Exception) -> bool:
    """Whether the server refuses this letter, and always will; all else may be mended, on the way there or back."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT_FAILURE for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT_FAILURE
