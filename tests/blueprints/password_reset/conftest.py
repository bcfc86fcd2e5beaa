"""Fixtures: a requested password reset and its token."""

from __future__ import annotations

import pytest

from tests.blueprints.password_reset.helpers import PATH


@pytest.fixture
def request_reset(client):
    """Request a password reset for an address."""

    def request(email="ada@example.com", **options):
        reply = client.post(PATH, json={"email": email}, **options)
        assert (reply.status_code, reply.data) == (202, b""), reply.text

    return request


@pytest.fixture
def token(ada, request_reset, deliver_mail):
    """Return a token that was sent to Ada."""
    request_reset()
    (message,) = deliver_mail()
    return message.secret
