"""Running `flask` commands within the tests' own process."""

from __future__ import annotations

import os
from unittest import mock

from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import FlaskGroup


def run_command(app: Flask, *arguments: str, typed: str | None = None) -> Result:
    """What `flask ARGUMENTS` does on this app; `typed` is what is typed. An exception that leaves it is raised."""
    group = FlaskGroup(create_app=lambda: app, load_dotenv=False, set_debug_flag=False)
    # The group notes in the environment that it runs.
    with mock.patch.dict(os.environ):
        return CliRunner(catch_exceptions=False).invoke(group, list(arguments), input=typed)
