"""A password reset that was asked for, and the token that was sent."""

from __future__ import annotations

import pytest

from tests.blueprints.password_reset.helpers import PATH


@pytest.fixture
def request_reset(client):
    """Asks for a new password for an address."""

    def ask_for(email="ada@example.com", **options):
        reply = client.post(PATH, json={"email": email}, **options)
        assert (reply.status_code, reply.data) == (202, b""), reply.text

    return ask_for


@pytest.fixture
def token(ada, request_reset, sent):
    """A token that was sent to Ada."""
    request_reset()
    (letter,) = sent()
    return letter.secret
