"""The `flask` commands, one module for what they are about."""

from __future__ import annotations

from flask import Flask

from blog_api.cli import accounts, content, databases, housekeeping, mail, tags


def init_app(app: Flask) -> None:
    """Add the commands to the app."""
    for module in (accounts, databases, content, tags, housekeeping, mail):
        for command in module.COMMANDS:
            app.cli.add_command(command)
