"""Ada, and letters that are noted or refused instead of being sent."""

from __future__ import annotations

import pytest

from blog_api.mail.delivery import DeliveryError
from blog_api.services import outbox


@pytest.fixture
def delivered(monkeypatch):
    """The letters that were handed over."""
    letters: list = []
    monkeypatch.setattr(outbox, "deliver", letters.append)
    return letters


@pytest.fixture
def failing(monkeypatch):
    """Lets deliveries fail, for good or not."""

    def fail(*, permanent):
        def refuse(letter):
            raise DeliveryError("450 Come again.", permanent=permanent)

        monkeypatch.setattr(outbox, "deliver", refuse)

    return fail


@pytest.fixture
def context(app, people):
    """The app's context, and Ada's account."""
    people(username="ada")
    with app.app_context():
        yield
