"""Status of the database server and of the connection pools."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, QueuePool, text

from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db

_POSTGRESQL_STATE = text("""
    SELECT current_setting('server_version'),
        (SELECT sum(numbackends) FROM pg_stat_database)::int,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        to_tsvector('simple', 'Ä') = to_tsvector('simple', 'ä')
""")
_POSTGRESQL_TIMEOUTS = text("""
    SELECT name, setting::int FROM pg_settings
    WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
    ORDER BY name DESC
""")
# The WAL position: the insert position on a primary, the replay position on a replica.
_POSITION = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END"
_WAL_POSITION = text(f"SELECT ({_POSITION})::text")
_WAL_LAG = text(f"SELECT greatest(0, pg_wal_lsn_diff(:position, {_POSITION}))::bigint")

WRONG_ENCODING = (
    "The database has the encoding {encoding}, which cannot store every character. Create another one: "
    "CREATE DATABASE blog ENCODING 'UTF8' TEMPLATE template0."
)


class ServerStatus(NamedTuple):
    """Server status: a description, session timeouts in milliseconds, and the connection limit (None: unlimited).

    Without `folds_case`, searches are case-sensitive except for ASCII letters.
    """

    state: str
    timeouts: dict[str, int]
    max_connections: int | None
    folds_case: bool = True


def pool_status(engine: Engine) -> dict[str, int]:
    """Return the size of the pool in this process, its connections in use, and its overflow."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return {"size": pool.size(), "in_use": pool.checkedout(), "overflow": max(0, pool.overflow())}


def address_of(engine: Engine) -> str:
    """Return the database URL without the password, which libpq also accepts as a query parameter."""
    url = engine.url
    hidden = {name: "hidden" for name in url.query if "password" in name}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def encoding_of(connection: Connection) -> str:
    """Return the encoding of the database. Executes no query: the server sends it when a client connects."""
    if connection.dialect.name == "sqlite":
        return "UTF8"
    driver: Any = connection.connection.driver_connection
    encoding: str = driver.info.parameter_status("server_encoding")
    return encoding


def server_status() -> ServerStatus:
    """Return the status of the server. Call this within `reading` or a transaction."""
    return _postgresql() if is_postgresql() else _sqlite()


def wal_position() -> str:
    """Return the WAL position of the PostgreSQL server."""
    position: str = db.session.execute(_WAL_POSITION).scalar_one()
    return position


def wal_lag(position: str) -> int:
    """Return how many bytes of WAL the server is behind `position`."""
    distance: int = db.session.execute(_WAL_LAG, {"position": position}).scalar_one()
    return distance


def _postgresql() -> ServerStatus:
    version, used, most, folds_case = db.session.execute(_POSTGRESQL_STATE).one()
    timeouts = {
        name.removesuffix("_timeout").removesuffix("_session").replace("_", " "): milliseconds
        for name, milliseconds in db.session.execute(_POSTGRESQL_TIMEOUTS)
    }
    return ServerStatus(
        f"PostgreSQL {version}, {used} of {most} connections in use", timeouts, most, folds_case
    )


def _sqlite() -> ServerStatus:
    version = db.session.execute(text("SELECT sqlite_version()")).scalar_one()
    journal, keys, milliseconds = (
        db.session.execute(text(f"PRAGMA {name}")).scalar_one()
        for name in ("journal_mode", "foreign_keys", "busy_timeout")
    )
    state = f"SQLite {version}, journal {journal}, foreign keys {'on' if keys else 'off'}"
    return ServerStatus(state, {"lock": milliseconds}, None)
