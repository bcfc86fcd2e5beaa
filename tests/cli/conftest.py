"""The `flask` commands on the app of the tests."""

from __future__ import annotations

import pytest

from tests.cli.helpers import run_command


@pytest.fixture
def command(app):
    """Runs a command; gives its result."""
    return lambda *arguments, **options: run_command(app, *arguments, **options)
