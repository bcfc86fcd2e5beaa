"""The commands `worker`, `outbox` and `set-email`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog_api.database.columns import utcnow
from blog_api.database.session import db, reading, transaction
from blog_api.models.outbox import OutboxMessage
from config import PROJECT, SETTINGS
from tests.apps import SECRET
from tests.cli.helpers import run_command
from tests.smtp import receive
from tests.waiting import wait_until


@pytest.fixture
def ask(client):
    """Request a password reset for an address."""

    def request(email="ada@example.com"):
        assert client.post("/api/v1/auth/password-reset", json={"email": email}).status_code == 202

    return request


@pytest.fixture
def ada(people):
    return people(username="ada")


def test_worker_once_sends_due_messages_and_prints_the_outcomes(command, ada, ask):
    ask()
    ask("nobody@example.com")
    result = command("worker", "--once")
    assert (result.exit_code, result.stdout) == (0, "dropped 1, sent 1\n")
    assert command("worker", "--once").stdout == "nothing to send\n"


def test_outbox_lists_and_retries_failed_messages(app, command, ada, ask, monkeypatch):
    empty = command("outbox")
    assert (empty.exit_code, empty.stdout) == (0, "The outbox is empty.\n")

    ask()
    with receive() as mailbox, monkeypatch.context() as configured:
        mailbox.to_message = "554 Not from you."
        server = f"smtp://127.0.0.1:{mailbox.port}?starttls=false"
        configured.setitem(app.config, "SMTP_URL", server)
        assert command("worker", "--once").stdout == "failed 1\n"
    result = command("outbox")
    listed = result.stdout
    assert result.exit_code == 1
    assert listed.startswith("failed   1, oldest 2")
    assert "password_reset to ada@example.com: SMTPDataError: (554, b'Not from you.')" in listed
    result = command("outbox", "--retry")
    retried = result.stdout
    assert result.exit_code == 0
    assert retried.startswith("Queued 1 messages for retry.\nwaiting  1, oldest 2")
    assert command("worker", "--once").stdout == "sent 1\n"


def test_outbox_retry_drops_stale_password_resets(app, command, ada, ask):
    ask()
    ask("late@example.com")
    ada.patch("/users/me", json={"email": "new@example.com"})
    hour_ago = utcnow() - timedelta(minutes=61)
    with app.app_context(), transaction() as session:
        stale = (OutboxMessage.recipient == "late@example.com") | (OutboxMessage.kind != "password_reset")
        session.execute(update(OutboxMessage).values(state="failed"))
        session.execute(update(OutboxMessage).where(stale).values(created_at=hour_ago))
    result = command("outbox", "--retry")
    retried, dropped, *counts = result.stdout.splitlines()
    assert retried == "Queued 3 messages for retry."
    assert dropped == "Dropped 1 password resets older than an hour."
    assert [line.split(",")[0] for line in counts] == ["dropped  1", "waiting  3"]
    # Nothing needs attention.
    assert (result.exit_code, command("outbox").exit_code) == (0, 0)
    assert command("worker", "--once").stdout == "sent 3\n"


def test_outbox_drop_discards_failed_messages_and_keeps_them_for_a_day(app, command, ask, people):
    ask()
    ask("waits@example.com")
    with app.app_context(), transaction() as session:
        refused = update(OutboxMessage).where(OutboxMessage.recipient == "ada@example.com")
        session.execute(refused.values(state="failed", expires_at=utcnow() + timedelta(days=30)))
    assert command("outbox").exit_code == 1
    assert "cannot be used together" in command("outbox", "--retry", "--drop").stderr
    result = command("outbox", "--drop")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "Dropped 1 messages.")
    assert command("outbox").exit_code == 0
    with app.app_context(), reading():
        expiry = dict(db.session.execute(select(OutboxMessage.state, OutboxMessage.expires_at)).all())
    assert sorted(expiry) == ["dropped", "waiting"]
    assert expiry["dropped"] < utcnow() + timedelta(days=1)
    (row,) = people("admin").get("/audit?action=mail.dropped").json["data"]
    assert row["detail"] == "1 messages"


def test_cleanup_deletes_sent_messages_and_keeps_waiting_ones(app, command, ada, ask):
    ask()
    command("worker", "--once")
    ask("nobody@example.com")
    with app.app_context(), transaction() as session:
        sent = update(OutboxMessage).where(OutboxMessage.state == "sent")
        session.execute(sent.values(expires_at=utcnow() - timedelta(seconds=1)))
    assert "Deleted 1 expired rows from outbox." in command("cleanup").stdout
    with app.app_context(), reading():
        assert list(db.session.execute(select(OutboxMessage.state)).scalars()) == ["waiting"]


def test_without_smtp_url_the_worker_numbers_changes_in_production(make_client, ada, ask, client):
    ask()
    ada.write()
    production = make_client(APP_ENV="production", DB_POOL_SIZE="1", DB_MAX_OVERFLOW="0").application
    result = run_command(production, "worker", "--once")
    assert (result.exit_code, result.stdout) == (0, "nothing to send\n")
    yesterday = (utcnow() - timedelta(days=1)).isoformat()
    changes = client.get("/api/v1/changes", query_string={"since": yesterday})
    assert [entry["type"] for entry in changes.json["data"]] == ["post.published"]
    assert run_command(production, "outbox").stdout.startswith("waiting  1")


def test_set_email_changes_the_address_and_notifies_the_old_one(command, client, ada):
    result = command("set-email", "ada", "--email", "new@example.com")
    assert (result.exit_code, result.stdout) == (0, "Changed the email address of ada to new@example.com.\n")
    assert ada.get("/users/me").json["email"] == "new@example.com"
    assert command("worker", "--once").stdout == "sent 1\n"
    assert "User 'eve' not found." in command("set-email", "eve", "--email", "eve@example.com").stderr
    assert "is not a valid email address" in command("set-email", "ada", "--email", "x@y").stderr


@pytest.fixture
def launch(database_url):
    """Start a worker in production mode that sends to this mail server. Return its process."""
    started: list[subprocess.Popen[bytes]] = []

    def start(mailbox):
        chosen = {
            "APP_ENV": "production",
            "SECRET_KEY": SECRET,
            "DATABASE_URL": database_url,
            "SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}?starttls=false",
            "MAIL_FROM": "Blog <blog@example.com>",
            "PASSWORD_RESET_URL": "https://blog.example/reset#token={token}",
            "EMAIL_CONFIRM_URL": "https://blog.example/confirm#token={token}",
        }
        environment = {**os.environ, **dict.fromkeys(SETTINGS, ""), **chosen}
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
        started.append(subprocess.Popen(command, cwd=PROJECT, env=environment, stderr=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def token_in(message):
    return message.get_content().partition("https://blog.example/reset#token=")[2].split()[0]


def test_the_worker_sends_new_messages_and_stops_at_a_signal(database_url, ada, ask, launch):
    # One signal per database, because starting the worker takes seconds.
    number = signal.SIGTERM if database_url.startswith("sqlite") else signal.SIGINT
    with receive() as mailbox:
        worker = launch(mailbox)
        ask()
        wait_until(lambda: mailbox.taken)
        worker.send_signal(number)
        _, log = worker.communicate(timeout=60)
    ((_, recipients, message),) = mailbox.taken
    assert recipients == ["ada@example.com"]
    assert worker.returncode == 0, log
    assert b'"worker stopped"' in log
    # In production tokens are not logged.
    assert token_in(message).encode() not in log
    body = {"token": token_in(message), "new_password": "staple of my diet"}
    assert ada.client.post("/api/v1/auth/password-reset/confirm", json=body).status_code == 204


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_message_is_sent_again_if_the_worker_is_killed_before_recording_it(
    app, ada, ask, command, launch, monkeypatch
):
    with receive() as mailbox:
        worker = launch(mailbox)
        mailbox.on_message = worker.kill
        ask()
        assert worker.wait(60) == -signal.SIGKILL
        mailbox.on_message = lambda: None
        assert command("worker", "--once").stdout == "nothing to send\n"
        with app.app_context(), transaction() as session:
            session.execute(update(OutboxMessage).values(due_at=utcnow()))
        monkeypatch.setitem(app.config, "SMTP_URL", f"smtp://127.0.0.1:{mailbox.port}?starttls=false")
        assert command("worker", "--once").stdout == "sent 1\n"
    assert [recipients for _, recipients, _ in mailbox.taken] == [["ada@example.com"]] * 2
    body = {"token": token_in(mailbox.taken[0][2]), "new_password": "staple of my diet"}
    assert ada.client.post("/api/v1/auth/password-reset/confirm", json=body).status_code == 204
