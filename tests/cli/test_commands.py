"""Commands are imported lazily."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest

from blog_api.cli import COMMANDS, is_command
from config import PROJECT
from tests.cli.helpers import run_command

LEFT_OUT = ("blog_api.cli.", "alembic", "flask_migrate")
LOADED = f"import sys, wsgi; print([name for name in sys.modules if name.startswith({LEFT_OUT})])"


@pytest.mark.parametrize("module", COMMANDS)
def test_each_command_is_in_its_declared_module(module):
    members = inspect.getmembers(import_module(f"blog_api.cli.{module}"), is_command)
    assert {command.name for _, command in members} == set(COMMANDS[module])


def test_the_service_does_not_import_commands():
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=PROJECT, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("[]\n", 0)


def test_help_lists_all_commands_and_an_unknown_one_is_rejected(app):
    help_text = run_command(app, "--help").output
    assert all(f"  {name} " in help_text for names in COMMANDS.values() for name in names)
    assert run_command(app, "make-coffee").exit_code == 2
