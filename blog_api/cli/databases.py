"""Commands about the database itself."""

from __future__ import annotations

from typing import NamedTuple

import click
from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import make_url, text

from blog_api.cli.failures import command
from blog_api.database import db, is_postgresql, pool_status, reading
from blog_api.migration import Revisions, current_revision

# Of a session outside a transaction, as all reads are.
_POSTGRESQL_STATE = """
    SELECT current_setting('server_version'),
        (SELECT sum(numbackends) FROM pg_stat_database)::int,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
"""
_POSTGRESQL_TIMEOUTS = """
    SELECT name, setting::int FROM pg_settings
    WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
"""


class Server(NamedTuple):
    """What a server says of itself: in words, its timeouts in milliseconds, how many connections it takes in all."""

    state: str
    timeouts: dict[str, int]
    limit: int | None = None


@command("check-db")
def check_db() -> None:
    """Say what the service connects to, its timeouts, how its pool is set and stands, and where the migrations are."""
    click.echo(f"database    {_address()}")
    with reading():
        server = _postgresql() if is_postgresql() else _sqlite()
        status = pool_status()
        current = current_revision()
    revisions: Revisions = current_app.extensions["revisions"]
    click.echo(f"server      {server.state}")
    click.echo(f"timeouts    {', '.join(f'{name} {_seconds(ms)}' for name, ms in server.timeouts.items())}")
    click.echo(f"pool        {_pool()}")
    click.echo(
        f"connections {', '.join(f'{name} {count}' for name, count in status.items())}".replace("_", " ")
    )
    click.echo(f"migrations  {_state(current, revisions)}")
    _warn_of_too_many_connections(server.limit)
    if revisions.are_behind_in(current):
        raise click.ClickException("The migrations are behind the code: run flask --app wsgi db upgrade.")


def _address() -> str:
    """The address of the database without its password, which libpq also takes as a parameter."""
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    hidden = {name: "hidden" for name in url.query if "password" in name}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _sqlite() -> Server:
    version = db.session.execute(text("SELECT sqlite_version()")).scalar_one()
    journal, keys, busy = (
        db.session.execute(text(f"PRAGMA {name}")).scalar_one()
        for name in ("journal_mode", "foreign_keys", "busy_timeout")
    )
    state = f"SQLite {version}, journal {journal}, foreign keys {'on' if keys else 'off'}"
    return Server(state, {"lock": busy})


def _postgresql() -> Server:
    version, used, limit = db.session.execute(text(_POSTGRESQL_STATE)).one()
    settings = db.session.execute(text(_POSTGRESQL_TIMEOUTS)).all()
    timeouts = {
        name.removesuffix("_timeout").removesuffix("_session").replace("_", " "): milliseconds
        for name, milliseconds in sorted(settings, reverse=True)
    }
    return Server(f"PostgreSQL {version}, {used} of {limit} connections in use", timeouts, limit)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g} s" if milliseconds else "none"


def _most_connections() -> int:
    config = current_app.config
    most: int = config["WEB_CONCURRENCY"] * (config["DB_POOL_SIZE"] + config["DB_MAX_OVERFLOW"])
    return most


def _pool() -> str:
    config = current_app.config
    each = f"{config['DB_POOL_SIZE']} + {config['DB_MAX_OVERFLOW']} overflow"
    return (
        f"{config['WEB_CONCURRENCY']} workers x ({each}) = {_most_connections()} connections at most; "
        f"timeout {config['DB_POOL_TIMEOUT']} s, recycle {config['DB_POOL_RECYCLE']} s, "
        f"pre-ping {'on' if config['DB_POOL_PRE_PING'] else 'off'}"
    )


def _state(current: str | None, revisions: Revisions) -> str:
    if current is None:
        return f"none applied; the code is at {revisions.head}"
    if current not in revisions.known:
        return f"{current}, ahead of the code, which is at {revisions.head}"
    if current == revisions.head:
        return f"{current}, up to date"
    return f"{current}, behind the code, which is at {revisions.head}"


def _warn_of_too_many_connections(limit: int | None) -> None:
    most = _most_connections()
    if limit is not None and most > limit:
        click.echo(
            f"warning     {most} connections are more than the {limit} that the server allows: "
            "lower WEB_CONCURRENCY, DB_POOL_SIZE or DB_MAX_OVERFLOW",
            err=True,
        )


@command("reset-db")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset_db(yes: bool) -> None:
    """Empty the database and make its tables anew (in development only)."""
    if current_app.config["APP_ENV"] != "development":
        raise click.ClickException("reset-db works in development only (APP_ENV=development).")
    click.echo(f"database    {_address()}")
    if not yes:
        click.confirm("This removes everything in it. Go on?", abort=True)
    downgrade(revision="base")
    upgrade()
    click.echo("The database is empty and up to date.")


COMMANDS = (check_db, reset_db)
