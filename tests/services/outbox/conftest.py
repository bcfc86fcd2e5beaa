"""Fixtures that record or fail deliveries instead of sending mail."""

from __future__ import annotations

import pytest

from blog_api.mail.delivery import DeliveryError
from blog_api.services import outbox


@pytest.fixture
def delivered(monkeypatch):
    """The emails that were delivered."""
    emails: list = []
    monkeypatch.setattr(outbox, "deliver", emails.append)
    return emails


@pytest.fixture
def failing(monkeypatch):
    """Make deliveries fail, permanently or temporarily."""

    def fail(*, permanent):
        def refuse(email):
            raise DeliveryError("450 Come again.", permanent=permanent)

        monkeypatch.setattr(outbox, "deliver", refuse)

    return fail


@pytest.fixture
def context(app, people):
    """An app context, with an account for Ada."""
    people(username="ada")
    with app.app_context():
        yield
