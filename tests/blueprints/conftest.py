"""Ada, registered over HTTP, and how she logs in."""

from __future__ import annotations

import pytest

from blog_api.mail.delivery import Email
from blog_api.services import outbox

PASSWORD = "correct horse battery"


ADA = {"username": "Ada", "email": "Ada@Example.com", "password": PASSWORD}


@pytest.fixture
def ada(client):
    """Ada, registered over HTTP."""
    reply = client.post("/api/v1/auth/register", json=ADA)
    assert reply.status_code == 201, reply.text
    return reply.json


@pytest.fixture
def log_in(client):
    """Logs in; gives the reply."""
    return lambda name="ada", password=PASSWORD, **options: client.post(
        "/api/v1/auth/login", json={"username": name, "password": password}, **options
    )


@pytest.fixture
def ask(client):
    """Asks below /api/v1 with a token."""
    return lambda token, method, path, **options: client.open(
        f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **options
    )


@pytest.fixture
def sent(app, monkeypatch):
    """Sends what is in the outbox; gives the letters."""
    delivered: list[Email] = []
    monkeypatch.setattr(outbox, "deliver", delivered.append)

    def send():
        del delivered[:]
        with app.app_context():
            outbox.send_due()
        return list(delivered)

    return send


@pytest.fixture
def reset(client):
    """Confirms a password reset; gives the reply."""
    return lambda token, password: client.post(
        "/api/v1/auth/password-reset/confirm", json={"token": token, "new_password": password}
    )
