"""Commands that check or reset the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click
from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy.exc import DBAPIError

from blog_api.auth import audit
from blog_api.cli import migrations
from blog_api.cli.failures import command
from blog_api.crud.activity_checks import correct_counts, find_wrong_counts
from blog_api.crud.batches import batches
from blog_api.crud.comments.rendering import count_outdated_comments
from blog_api.crud.posts.rendering import count_outdated_renderings
from blog_api.database.engine_options import REPLICA
from blog_api.database.revisions import Revisions, current_revision
from blog_api.database.servers import (
    WRONG_ENCODING,
    ServerStatus,
    address_of,
    encoding_of,
    pool_status,
    server_status,
    wal_lag,
    wal_position,
)
from blog_api.database.session import db, reading, transaction


@command("check-db")
@click.option("--repair", is_flag=True, help="Correct wrong counts of comments and likes.")
def check_db(repair: bool) -> None:
    """Show the state of database and migrations. Fails if migrations are behind the code."""
    _print_row("database", address_of(db.engine))
    with reading() as session:
        encoding = encoding_of(session.connection())
        server = server_status()
        status = pool_status(db.engine)
        current = current_revision()
        revisions: Revisions = current_app.extensions["revisions"]
        is_current = current == revisions.head
        outdated = _count_outdated() if is_current else ""
        wrong = find_wrong_counts() if is_current else []
    _print_row("server", server.state)
    _print_row("timeouts", _timeouts(server))
    _print_row("pool", _pool())
    _print_row(
        "connections", ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in status.items())
    )
    _print_row("migrations", _migration_state(current, revisions))
    if is_current:
        _print_row("rendering", outdated or "up to date")
        _print_row("counts", f"wrong for {len(wrong)} posts" if wrong else "correct")
    if REPLICA in db.engines:
        _check_replica()
    for warning in _warnings(server):
        _warn(warning)
    if outdated:
        _warn(
            "some posts or comments show old HTML or none: run flask --app wsgi render, or restart the worker"
        )
    if wrong:
        _report_counts(wrong, repair=repair)
    if encoding != "UTF8":
        raise click.ClickException(WRONG_ENCODING.format(encoding=encoding))
    if revisions.is_outdated(current):
        raise click.ClickException("The migrations are behind the code: run flask --app wsgi db upgrade.")


def _count_outdated() -> str:
    """Describe how many posts and comments are to be rendered again. Empty if there are none."""
    posts, comments = count_outdated_renderings(), count_outdated_comments()
    return f"{posts} posts and {comments} comments behind" if posts or comments else ""


def _report_counts(post_ids: Sequence[int], *, repair: bool) -> None:
    if not repair:
        _warn("some posts show wrong numbers of comments or likes: run flask --app wsgi check-db --repair")
        return
    for ids in batches(post_ids):
        with transaction():
            correct_counts(ids)
    click.echo(f"Corrected the counts of {len(post_ids)} posts.")


def _check_replica() -> None:
    _print_row("replica", address_of(db.engines[REPLICA]))
    with reading():
        position = wal_position()
    try:
        with reading(replica=True):
            state, distance = server_status().state, wal_lag(position)
        _print_row("server", f"{state}, {f'{distance} bytes behind' if distance else 'in sync'}")
    except DBAPIError as error:
        _warn(f"the replica is not responding, so its reads go to the primary: {str(error.orig).strip()}")


def _warn(text: str) -> None:
    click.echo(f"{'warning':<12}{text}", err=True)


def _print_row(name: str, text: str) -> None:
    click.echo(f"{name:<12}{text}")


def _timeouts(server: ServerStatus) -> str:
    timeouts = ", ".join(
        f"{name} {f'{milliseconds / 1000:g} s' if milliseconds else 'none'}"
        for name, milliseconds in server.timeouts.items()
    )
    return (
        f"{timeouts} (reads only; transactions use the configured timeouts)"
        if current_app.config["DATABASE_POOLED"]
        else timeouts
    )


def _max_connections() -> int:
    config = current_app.config
    most: int = config["WEB_CONCURRENCY"] * (config["DB_POOL_SIZE"] + config["DB_MAX_OVERFLOW"])
    return most


def _pool() -> str:
    config = current_app.config
    each = f"{config['DB_POOL_SIZE']} + {config['DB_MAX_OVERFLOW']} overflow"
    return (
        f"{config['WEB_CONCURRENCY']} workers x ({each}) = {_max_connections()} connections at most; "
        f"timeout {config['DB_POOL_TIMEOUT']} s, recycle {config['DB_POOL_RECYCLE']} s, "
        f"pre-ping {'on' if config['DB_POOL_PRE_PING'] else 'off'}"
    )


def _migration_state(current: str | None, revisions: Revisions) -> str:
    if current is None:
        return f"none applied, the code is at {revisions.head}"
    if current not in revisions.known:
        return f"{current}, ahead of the code at {revisions.head}"
    if current == revisions.head:
        return f"{current}, up to date"
    return f"{current}, behind the code at {revisions.head}"


def _warnings(server: ServerStatus) -> Iterator[str]:
    config, most, limit = current_app.config, _max_connections(), server.max_connections
    if limit is not None and most > limit and not config["DATABASE_POOLED"]:
        yield (
            f"{most} connections exceed the {limit} that the server allows: "
            "lower WEB_CONCURRENCY, DB_POOL_SIZE or DB_MAX_OVERFLOW"
        )
    if not server.folds_case:
        yield (
            "the database has the locale C, in which searches ignore the case of ASCII letters only: "
            "create another one with LOCALE 'C.UTF-8' TEMPLATE template0"
        )
    if config["DATABASE_POOLED"] and config["DB_STATEMENT_TIMEOUT"] and not server.timeouts["statement"]:
        yield (
            "reads through the pooler have no statement timeout: run "
            f"ALTER ROLE {db.engine.url.username} SET statement_timeout = '{config['DB_STATEMENT_TIMEOUT'] / 1000:g}s'"
        )


@command("reset-db", runs_alone=True)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def reset_db(yes: bool) -> None:
    """Delete all data (development only). Recreates the tables."""
    if current_app.config["APP_ENV"] != "development":
        raise click.ClickException("reset-db works only in development (APP_ENV=development).")
    _print_row("database", address_of(db.engine))
    if not yes:
        click.confirm("This deletes all data in the database. Continue?", abort=True)
    migrations.init_app(current_app)
    downgrade(revision="base")
    upgrade()
    with transaction():
        audit.record("database.reset", user_id=None)
    click.echo("The database is empty and up to date.")
