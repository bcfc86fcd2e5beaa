"""Run `flask` commands on the test app."""

from __future__ import annotations

import pytest

from tests.cli.helpers import run_command


@pytest.fixture
def command(app):
    """Run a command and return its result."""
    return lambda *arguments, **options: run_command(app, *arguments, **options)
