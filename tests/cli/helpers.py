"""Run `flask` commands in the test process."""

from __future__ import annotations

import os
from unittest import mock

from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup


def run_command(app: Flask, *arguments: str, typed: str | bytes | None = None) -> Result:
    """Run `flask ARGUMENTS` on this app, with `typed` as standard input. Unhandled exceptions are raised."""
    group = FlaskGroup(create_app=lambda: app, load_dotenv=False, set_debug_flag=False)
    # FlaskGroup sets an environment variable.
    with mock.patch.dict(os.environ):
        return CliRunner(catch_exceptions=False).invoke(group, list(arguments), input=typed)
