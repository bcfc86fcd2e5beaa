"""Deliver mail to the server at SMTP_URL. Development without SMTP_URL writes it to the log."""

from __future__ import annotations

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import formatdate, make_msgid

from flask import current_app

from blog_api.mail.servers import SmtpServer, parse_smtp_url
from blog_api.problems import MailNotConfigured
from blog_api.text.domains import domain_in_ascii

log = logging.getLogger(__name__)

# In seconds, for each response of the server.
TIMEOUT = 15
# SMTP reply codes from here on are permanent failures.
PERMANENT_FAILURE = 500


@dataclass(frozen=True, slots=True)
class Email:
    """An email. `secret` is the token in its text, if any, which must not appear in errors.

    A request to `unsubscribe_url` ends the mail of this kind.
    """

    recipient: str
    subject: str
    text: str
    secret: str = ""
    unsubscribe_url: str = ""


class _ListUnsubscribe(UnstructuredHeader):
    """The header List-Unsubscribe. The default class would encode a long URL, which mail programs do not decode."""

    max_count = 1

    def fold(self, *, policy: EmailPolicy[EmailMessage]) -> str:
        return f"List-Unsubscribe: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("List-Unsubscribe", _ListUnsubscribe)  # type: ignore[arg-type]
# Bodies in ASCII, for servers that do not take others (8BITMIME).
_POLICY = SMTP.clone(header_factory=_HEADERS, cte_type="7bit")


class DeliveryError(Exception):
    """The email was not delivered. `permanent`: do not retry. The message gives the reason without the secret."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


def is_mail_enabled() -> bool:
    """Return whether mail is sent or logged. It is not in production without SMTP_URL."""
    enabled: bool = current_app.config["MAIL_ENABLED"]
    return enabled


def require_mail() -> None:
    """Raise MailNotConfigured unless mail is enabled."""
    if not is_mail_enabled():
        raise MailNotConfigured


def page_url(setting: str, token: str) -> str:
    """Return the URL of the page in `setting`, with the token inserted."""
    page: str = current_app.config[setting]
    return page.replace("{token}", token)


def deliver(email: Email) -> None:
    """Send the email. Raises DeliveryError."""
    smtp_url: str | None = current_app.config["SMTP_URL"]
    try:
        message = _message(email)
    except ValueError as error:
        raise DeliveryError(f"invalid email: {error}", permanent=True) from error
    if smtp_url is None:
        log.info("mail", extra={"fields": {"to": email.recipient, "text": email.text}})
        return
    try:
        _send(parse_smtp_url(smtp_url), message)
    except (OSError, smtplib.SMTPException) as error:
        reason = f"{type(error).__name__}: {error}"
        if email.secret:
            # A server can repeat the text that it rejects.
            reason = reason.replace(email.secret, "...")
        # Without the cause, whose traceback could contain the secret.
        raise DeliveryError(reason, permanent=_is_permanent(error)) from None


def _message(email: Email) -> EmailMessage:
    """Return the email as a MIME message. Raises ValueError unless the recipient is exactly one address."""
    message = EmailMessage(policy=_POLICY)
    sender = current_app.config["MAIL_FROM"]
    message["From"] = sender
    address = _ascii_domain_address(email.recipient)
    message["To"] = address
    # The header class decodes encoded words, which can turn the recipient into another address.
    if [recipient.addr_spec for recipient in message["To"].addresses] != [address]:
        raise ValueError("the recipient must be exactly one address")
    message["Subject"] = email.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # RFC 3834: suppress automatic replies.
    message["Auto-Submitted"] = "auto-generated"
    if email.unsubscribe_url:
        # RFC 8058: mail programs show a button that sends a POST request.
        message["List-Unsubscribe"] = f"<{email.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(email.text)
    return message


def _ascii_domain_address(address: str) -> str:
    """Return the address with its domain in ASCII, which every server accepts. Raises ValueError if invalid."""
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise ValueError("the recipient is not an email address")
    return f"{local}@{domain_in_ascii(domain)}"


def _send(server: SmtpServer, message: EmailMessage) -> None:
    context = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
        if server.implicit_tls
        else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    ) as connection:
        if server.starttls:
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
        connection.send_message(message)


def _is_permanent(error: Exception) -> bool:
    """Return whether the server rejected the email permanently. All other errors can be temporary."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT_FAILURE for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT_FAILURE
