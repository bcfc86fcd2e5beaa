"""Fixtures for tests of webhooks."""

from __future__ import annotations

import pytest


@pytest.fixture
def admin(people):
    return people("admin")
