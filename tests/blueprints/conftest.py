"""Fixtures: an account registered over HTTP, its logins and its mail."""

from __future__ import annotations

import pytest

from blog_api.mail.delivery import Email
from blog_api.services import outbox

PASSWORD = "correct horse battery"


ADA = {"username": "Ada", "email": "Ada@Example.com", "password": PASSWORD}


@pytest.fixture
def ada(client):
    """Register the account Ada over HTTP."""
    reply = client.post("/api/v1/auth/register", json=ADA)
    assert reply.status_code == 201, reply.text
    return reply.json


@pytest.fixture
def log_in(client):
    """Log in and return the response."""
    return lambda name="ada", password=PASSWORD, **options: client.post(
        "/api/v1/auth/login", json={"username": name, "password": password}, **options
    )


@pytest.fixture
def send(client):
    """Send a request below /api/v1 with a token."""
    return lambda token, method, path, **options: client.open(
        f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **options
    )


@pytest.fixture
def deliver_mail(app, monkeypatch):
    """Deliver the outbox and return the mail sent."""
    delivered: list[Email] = []
    monkeypatch.setattr(outbox, "deliver", delivered.append)

    def send():
        del delivered[:]
        with app.app_context():
            outbox.send_due()
        return list(delivered)

    return send


@pytest.fixture
def confirm_reset(client):
    """Confirm a password reset and return the response."""
    return lambda token, password: client.post(
        "/api/v1/auth/password-reset/confirm", json={"token": token, "new_password": password}
    )
