"""Engine options: pools, server timeouts and connect arguments."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from sqlalchemy import URL

import config

# PostgreSQL parameters, in milliseconds, and the settings that they take their values from. The last one is how often a
# running statement checks that the client is still connected: the service closes a connection at the deadline.
SERVER_TIMEOUTS = {
    "statement_timeout": "DB_STATEMENT_TIMEOUT",
    "lock_timeout": "DB_LOCK_TIMEOUT",
    "idle_in_transaction_session_timeout": "DB_IDLE_TRANSACTION_TIMEOUT",
    "client_connection_check_interval": "DB_CLIENT_CHECK_INTERVAL",
}
# Detect a dead peer within a minute. The kernel defaults to two hours.
KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# SQLite has no infinite timeout.
ONE_DAY = 86_400
# Bind key of the replica, and the seconds to wait for a connection before falling back to the primary.
REPLICA = "replica"
REPLICA_CONNECT_TIMEOUT = 3
# Execution option: the SQL to run at the start of a transaction.
ON_BEGIN = "on_begin"


def configure(settings: MutableMapping[str, Any]) -> None:
    """Add the configuration of Flask-SQLAlchemy. Only production requires DATABASE_URL."""
    url = settings["DATABASE_URL"] or _default_database(settings["APP_ENV"])
    replica = settings["DATABASE_REPLICA_URL"]
    settings["SQLALCHEMY_DATABASE_URI"] = url.render_as_string(hide_password=False)
    settings["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings, url)
    settings["SQLALCHEMY_BINDS"] = {REPLICA: replica_options(settings, replica)} if replica else {}
    # Set this last: a pooler in front of the primary does not imply one in front of the replica.
    settings["DATABASE_POOLED"] = uses_pooler(settings, url)


def engine_options(values: Mapping[str, Any], url: URL) -> dict[str, Any]:
    """Return the engine options for `url`. `values` maps setting names to values."""
    options: dict[str, Any] = {
        "pool_size": values["DB_POOL_SIZE"],
        "max_overflow": values["DB_MAX_OVERFLOW"],
        "pool_timeout": values["DB_POOL_TIMEOUT"],
        "pool_recycle": values["DB_POOL_RECYCLE"],
        "echo": values["DB_ECHO"],
        "echo_pool": values["DB_ECHO_POOL"],
    }
    if values["APP_ENV"] == "production" or not values["DB_ECHO"]:
        # Keep email addresses and password hashes out of the log. Developers can show them with DB_ECHO.
        options["hide_parameters"] = True
    return options | (_sqlite(values) if url.drivername == "sqlite" else _postgresql(values, url))


def replica_options(values: Mapping[str, Any], url: URL) -> dict[str, Any]:
    """Return the URL and the engine options for the replica."""
    seconds = min(values["DB_CONNECT_TIMEOUT"], REPLICA_CONNECT_TIMEOUT)
    return {"url": url, **engine_options({**values, "DB_CONNECT_TIMEOUT": seconds}, url)}


def uses_pooler(values: Mapping[str, Any], url: URL) -> bool:
    """Return whether the server is behind a transaction-mode pooler, by DATABASE_POOLED or by its host name."""
    given = url.host or url.query.get("host", "")
    hosts = given.split(",") if isinstance(given, str) else given
    return values["DATABASE_POOLED"] or any(host.partition(".")[0].endswith("-pooler") for host in hosts)


def suspends_when_idle(url: URL) -> bool:
    """Return whether the server suspends itself when it is idle, by its host name. A query would wake it up."""
    return (url.host or "").endswith(".neon.tech")


def _default_database(app_env: str) -> URL:
    config.INSTANCE.mkdir(parents=True, exist_ok=True)
    name = "testing.db" if app_env == "testing" else "blog.db"
    return URL.create("sqlite", database=str(config.INSTANCE / name))


def _sqlite(values: Mapping[str, Any]) -> dict[str, Any]:
    wait = values["DB_LOCK_TIMEOUT"] / 1000 or ONE_DAY
    # Take the write lock at BEGIN: a transaction that waits until its first write can lose an update.
    return {"connect_args": {"timeout": wait}, "execution_options": {ON_BEGIN: "BEGIN IMMEDIATE"}}


def _postgresql(values: Mapping[str, Any], url: URL) -> dict[str, Any]:
    arguments: dict[str, Any] = {"connect_timeout": values["DB_CONNECT_TIMEOUT"], **KEEPALIVES}
    # Parameters in the URL take precedence.
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    # Except for the encoding, which the environment (PGCLIENTENCODING) or the role could set as well.
    arguments["client_encoding"] = "utf8"
    timeouts = [(name, values[setting]) for name, setting in SERVER_TIMEOUTS.items() if values[setting]]
    on_begin = ""
    if timeouts and uses_pooler(values, url):
        # A pooler rejects `options`, and a session-level SET would leak to other clients.
        on_begin = "; ".join(f"SET LOCAL {name} = {limit}" for name, limit in timeouts)
    elif timeouts:
        # The last value wins.
        limits = " ".join(f"-c {name}={limit}" for name, limit in timeouts)
        arguments["options"] = f"{limits} {url.query.get('options', '')}".strip()
    return {
        "connect_args": arguments,
        "execution_options": {ON_BEGIN: on_begin},
        "executemany_mode": "values_plus_batch",
        # Looking up hstore, which is not used here, would cost three round trips for each new connection.
        "use_native_hstore": False,
        # In autocommit mode there is nothing to roll back, and every driver call releases the GIL.
        "skip_autocommit_rollback": True,
    }
