"""The `flask` commands, one module per subject."""

from __future__ import annotations

import inspect
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
        "list-users",
    ),
    "databases": ("check-db", "reset-db"),
    "seeding": ("seed",),
    "markdown": ("import-markdown",),
    "ghost": ("import-ghost",),
    "wordpress": ("import-wordpress",),
    "export": ("export",),
    "ndjson": ("import-ndjson",),
    "rendering": ("render",),
    "tags": ("rename-tag", "merge-tags", "delete-tag"),
    "housekeeping": ("cleanup", "prune-revisions", "prune-tags", "purge-trash"),
    "media": ("check-media",),
    "mail": ("worker", "outbox"),
}
_MODULES = {name: module for module, names in COMMANDS.items() for name in names}


def is_command(member: object) -> bool:
    """Return whether the object is a Click command."""
    return isinstance(member, click.Command)


class Commands(AppGroup):
    """The commands of the app, imported lazily so that the service starts without them.

    See "Lazily Loading Subcommands" in Click's documentation.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__(app.name, commands=app.cli.commands)
        self._app = app

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(ctx), *_MODULES, "db"})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command with this name, or None."""
        if cmd_name not in self.commands:
            self._import(cmd_name)
        return super().get_command(ctx, cmd_name)

    def _import(self, name: str) -> None:
        if name == "db":
            # Flask-Migrate registers its own command.
            import_module(f"{__name__}.migrations").init_app(self._app)
        elif name in _MODULES:
            for _, command in inspect.getmembers(import_module(f"{__name__}.{_MODULES[name]}"), is_command):
                self.add_command(command)


def init_app(app: Flask) -> None:
    """Register the commands in addition to those that the app already has."""
    app.cli = Commands(app)
