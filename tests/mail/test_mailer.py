"""Deliver mail to a real SMTP server."""

from __future__ import annotations

import contextlib
import socket
from dataclasses import replace
from email.headerregistry import Address

import pytest

from blog_api.mail import delivery as mailer
from blog_api.mail.delivery import DeliveryError, Email, deliver
from blog_api.mail.servers import parse_smtp_url
from config import ConfigError, load
from tests.apps import make_app
from tests.certificates import self_signed
from tests.smtp import receive

EMAIL = Email("ada@example.com", "Set a new password", f"Hello.\n\nhttps://x/#token={'T' * 43}\n", "T" * 43)


@pytest.fixture(scope="module")
def certificate():
    with self_signed() as created:
        yield created


@pytest.fixture
def trusted(certificate, monkeypatch):
    """Make the certificate trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    return certificate


@pytest.fixture
def send(tmp_path):
    """Deliver an email to an SMTP_URL."""
    app = make_app(f"sqlite:///{tmp_path / 'unused.db'}", MAIL_FROM="Blög <blog@example.com>")

    def deliver_by(url, email=EMAIL):
        app.config["SMTP_URL"] = url
        with app.app_context():
            deliver(email)

    return deliver_by


def refused(send, url, email=EMAIL):
    """Return the error of a delivery that fails."""
    with pytest.raises(DeliveryError) as failure:
        send(url, email)
    assert "T" * 43 not in str(failure.value)
    return failure.value


def test_an_email_is_delivered_unchanged(send):
    with receive() as mailbox:
        send(f"smtp://127.0.0.1:{mailbox.port}?starttls=false")
    ((sender, recipients, message),) = mailbox.taken
    assert (sender, recipients) == ("blog@example.com", ["ada@example.com"])
    assert (message["From"], message["To"]) == ("Blög <blog@example.com>", "ada@example.com")
    assert (message["Subject"], message["Auto-Submitted"]) == ("Set a new password", "auto-generated")
    assert message["Message-ID"].endswith("@example.com>")
    assert message["Date"].datetime is not None
    assert message.get_content().replace("\r\n", "\n") == EMAIL.text


@pytest.mark.parametrize("path", ["", "/blog" * 40], ids=["short", "long"])
def test_mail_can_be_unsubscribed_with_one_click(send, path):
    url = f"https://blog.example{path}/unsubscribe/1_{'s' * 27}"
    with receive() as mailbox:
        send(f"smtp://127.0.0.1:{mailbox.port}?starttls=false", replace(EMAIL, unsubscribe_url=url))
        send(f"smtp://127.0.0.1:{mailbox.port}?starttls=false")
    (_, _, message), (_, _, other) = mailbox.taken
    sent = dict(message.raw_items())
    assert sent["List-Unsubscribe"] == f"<{url}>"
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "List-Unsubscribe" not in other


@pytest.mark.parametrize("implicit_tls", [False, True], ids=["STARTTLS", "TLS"])
def test_the_smtp_password_is_sent_over_tls(send, trusted, implicit_tls):
    with receive(trusted, implicit_tls=implicit_tls) as mailbox:
        scheme = "smtps" if implicit_tls else "smtp"
        send(f"{scheme}://blog:s%3Acret@127.0.0.1:{mailbox.port}")
        error = refused(send, f"{scheme}://blog:wrong@127.0.0.1:{mailbox.port}")
    assert len(mailbox.taken) == 1
    assert not error.permanent
    assert "wrong" not in str(error)


def test_a_server_without_starttls_gets_no_mail(send):
    with receive() as mailbox:
        assert not refused(send, f"smtp://127.0.0.1:{mailbox.port}").permanent
    assert mailbox.taken == []


@pytest.mark.parametrize("implicit_tls", [False, True], ids=["STARTTLS", "TLS"])
def test_a_server_with_an_untrusted_certificate_gets_no_mail(send, certificate, implicit_tls):
    with receive(certificate, implicit_tls=implicit_tls) as mailbox:
        error = refused(
            send, f"{'smtps' if implicit_tls else 'smtp'}://blog:s%3Acret@127.0.0.1:{mailbox.port}"
        )
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert (mailbox.taken, error.permanent) == ([], False)


@pytest.mark.parametrize(
    ("to_recipient", "to_message", "permanent"),
    [
        ("550 5.1.1 There is nobody of this name.", "", True),
        ("450 4.2.0 Greylisted, come again.", "", False),
        ("", "554 5.7.1 This looks like spam: {text}", True),
        ("", "451 4.3.0 Come again.", False),
    ],
)
def test_a_rejection_gives_the_reason_without_the_token(send, to_recipient, to_message, permanent):
    with receive() as mailbox:
        mailbox.to_recipient, mailbox.to_message = to_recipient, to_message
        error = refused(send, f"smtp://127.0.0.1:{mailbox.port}?starttls=false")
    assert error.permanent == permanent
    assert (to_recipient or to_message)[:3] in str(error)
    assert mailbox.taken == []


def test_connection_errors_and_timeouts_are_temporary(send, monkeypatch):
    monkeypatch.setattr(mailer, "TIMEOUT", 0.2)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        assert not refused(send, f"smtp://127.0.0.1:{port}?starttls=false").permanent
    assert not refused(send, f"smtp://127.0.0.1:{port}?starttls=false").permanent


@pytest.mark.parametrize(
    "recipient",
    [
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        "ada@example.com>\r\nRCPT TO:<eve@example.com",
        "undisclosed: ada@example.com, eve@example.com;",
        "",
        "=?utf-8?q?eve=40example=2Ecom=2C?=@example.com",
        "=?utf-8?q?eve?=@example.com",
    ],
)
def test_a_recipient_that_is_not_exactly_one_address_gets_no_mail(send, recipient):
    with receive() as mailbox:
        email = Email(recipient, EMAIL.subject, EMAIL.text, EMAIL.secret)
        assert refused(send, f"smtp://127.0.0.1:{mailbox.port}?starttls=false", email).permanent
    assert mailbox.taken == []


@pytest.mark.parametrize(
    ("domain", "known_as"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
    ],
)
def test_a_non_ascii_domain_is_encoded_with_idna_2008(send, domain, known_as):
    with receive() as mailbox:
        email = Email(f"ada@{domain}", EMAIL.subject, EMAIL.text, EMAIL.secret)
        send(f"smtp://127.0.0.1:{mailbox.port}?starttls=false", email)
    assert [recipients for _, recipients, _ in mailbox.taken] == [[f"ada@{known_as}"]]


@pytest.mark.parametrize("domain", ["a\u200db.example", "ex\u00adample.com", "ü..example", "[127.0.0.1]"])
def test_lookalike_and_invalid_domains_get_no_mail(send, domain):
    with receive() as mailbox:
        email = Email(f"ada@{domain}", EMAIL.subject, EMAIL.text, EMAIL.secret)
        assert refused(send, f"smtp://127.0.0.1:{mailbox.port}?starttls=false", email).permanent
    assert mailbox.taken == []


@pytest.mark.parametrize("subject", ["a\nBcc: eve@example.com", "a\r\n\r\nAnother body."])
def test_a_subject_cannot_inject_headers(send, subject):
    with receive() as mailbox:
        email = Email(EMAIL.recipient, subject, EMAIL.text)
        assert refused(send, f"smtp://127.0.0.1:{mailbox.port}?starttls=false", email).permanent
    assert mailbox.taken == []


def test_a_line_with_a_dot_does_not_end_the_email(send):
    with receive() as mailbox:
        text = "a\n.\nMAIL FROM:<eve@example.com>\nb\n"
        send(f"smtp://127.0.0.1:{mailbox.port}?starttls=false", Email("ada@example.com", "Dots", text))
    ((_, _, message),) = mailbox.taken
    assert message.get_content().replace("\r\n", "\n") == text


@pytest.mark.parametrize(
    ("recipient", "arrived"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("zoë@example.com", "zoë@example.com"),
        ('"a, b"@example.com', '"a, b"@example.com'),
        ("o'hara+blog!#$%&*/=?^_`{}|~-@example.com", "o'hara+blog!#$%&*/=?^_`{}|~-@example.com"),
    ],
)
def test_unusual_addresses_get_mail(send, recipient, arrived):
    with receive() as mailbox:
        send(f"smtp://127.0.0.1:{mailbox.port}?starttls=false", Email(recipient, "Hello", "Hello.\n"))
    ((_, recipients, message),) = mailbox.taken
    assert (recipients, message["To"].addresses[0].addr_spec) == ([arrived], arrived)


def test_without_smtp_url_the_email_is_logged(send, caplog):
    send(None)
    (record,) = caplog.records
    assert record.fields == {"to": "ada@example.com", "text": EMAIL.text}


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "mail.example.com:587",
        "http://mail.example.com",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com:x",
        "smtp://mail.example.com?starttls=no",
        "smtp://blog:secret@mail.example.com?starttls=false",
    ],
)
def test_an_invalid_smtp_url_is_rejected(url):
    with pytest.raises(ConfigError, match="SMTP_URL must"):
        load({"SMTP_URL": url})


def test_smtp_urls_are_parsed():
    server = parse_smtp_url("smtp://b%40x:p%3Aw@mail.example.com")
    assert (server.port, server.user, server.password, server.starttls) == (587, "b@x", "p:w", True)
    assert "p:w" not in repr(server)
    assert (parse_smtp_url("smtps://[::1]").host, parse_smtp_url("smtps://[::1]").port) == ("::1", 465)


def test_the_sender_name_can_be_in_any_script(send):
    with receive() as mailbox:
        send(f"smtp://127.0.0.1:{mailbox.port}?starttls=false")
    ((_, _, message),) = mailbox.taken
    assert message["From"].addresses[0] == Address("Blög", addr_spec="blog@example.com")
