"""`flask db`, the commands of Flask-Migrate. The service does not import them, to start about 10% faster."""

from __future__ import annotations

import logging
import sys
from typing import Any

import click
from flask import Flask, current_app
from flask_migrate import Migrate
from flask_migrate import cli as flask_migrate_cli

from blog_api.database.revisions import FOLDER
from blog_api.database.servers import address_of
from blog_api.database.session import db
from blog_api.monitoring.logs import LOGGER

ALEMBIC = "alembic.runtime.migration"
QUESTION = "Reverting migrations deletes the tables and columns that they added, with their data. Continue?"

_migrate = Migrate(compare_type=True, compare_server_default=False)


class Downgrade(click.Command):
    """`db downgrade`, which asks for confirmation in production."""

    def __init__(self, original: click.Command) -> None:
        yes = click.Option(["--yes"], is_flag=True, help="Do not ask for confirmation in production.")
        super().__init__(
            "downgrade", callback=original.callback, params=[*original.params, yes], help=original.help
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises click.ClickException if there is no terminal for the question."""
        confirmed = ctx.params.pop("yes")
        if not confirmed and current_app.config["APP_ENV"] == "production":
            _confirm()
        return super().invoke(ctx)


def _confirm() -> None:
    click.echo(f"{'database':<12}{address_of(db.engine)}")
    if not sys.stdin.isatty():
        raise click.ClickException("This would revert migrations in production. To confirm it, add --yes.")
    click.confirm(QUESTION, abort=True)


_downgrade = Downgrade(flask_migrate_cli.downgrade)


def _is_step(record: logging.LogRecord) -> bool:
    return record.getMessage().startswith("Running ")


def init_app(app: Flask) -> None:
    """Initialize Flask-Migrate, and let it log each migration before it runs."""
    flask_migrate_cli.db.add_command(_downgrade)
    _migrate.init_app(app, db, directory=str(FOLDER))
    alembic = logging.getLogger(ALEMBIC)
    alembic.handlers = list(logging.getLogger(LOGGER).handlers)
    alembic.filters = [_is_step]
    alembic.setLevel(logging.INFO)
    alembic.propagate = False
