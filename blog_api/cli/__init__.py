"""The `flask` commands, one module for what they are about."""

from __future__ import annotations

from importlib import import_module

import click
from flask import Flask
from flask.cli import AppGroup

COMMANDS = {
    "accounts": (
        "create-admin",
        "create-user",
        "set-password",
        "set-email",
        "disable-user",
        "revoke-tokens",
    ),
    "databases": ("check-db", "reset-db"),
    "migrations": ("db",),
    "content": ("seed", "import-markdown"),
    "tags": ("rename-tag", "merge-tags", "delete-tag"),
    "housekeeping": ("cleanup", "prune-tags", "purge-trash"),
    "mail": ("worker", "outbox"),
}
_MODULES = {name: module for module, names in COMMANDS.items() for name in names}


class Commands(AppGroup):
    """The commands of the app, whose modules are imported when they are asked for: the service starts without them.

    As Click's documentation has it, under Lazily Loading Subcommands.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name, commands=app.cli.commands)
        self._app = app

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *_MODULES})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None where there is none."""
        if cmd_name in _MODULES and cmd_name not in self.commands:
            import_module(f"{__name__}.{_MODULES[cmd_name]}").init_app(self._app)
        return super().get_command(ctx, cmd_name)


def init_app(app: Flask) -> None:
    """Add the commands to those that the app has by now."""
    app.cli = Commands(app)
