"""The options of SQLAlchemy's engines: pools, timeouts of the server, connections."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from sqlalchemy import URL

import config

# What PostgreSQL calls the settings that limit it, in milliseconds. The last one is how often it looks, while it works
# on a statement, whether the client is still there: a connection that was closed at a deadline has none.
SERVER_TIMEOUTS = {
    "statement_timeout": "DB_STATEMENT_TIMEOUT",
    "lock_timeout": "DB_LOCK_TIMEOUT",
    "idle_in_transaction_session_timeout": "DB_IDLE_TRANSACTION_TIMEOUT",
    "client_connection_check_interval": "DB_CLIENT_CHECK_INTERVAL",
}
# A server that vanished without a word is given up within a minute, and not after the two hours of the kernel.
KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# SQLite has no word for waiting without an end.
ONE_DAY = 86_400
# The name of the second engine, and how many seconds it may take to connect before the primary is asked instead.
REPLICA = "replica"
REPLICA_CONNECT_TIMEOUT = 3
# The execution option that says with which SQL a transaction begins.
ON_BEGIN = "on_begin"


def configure(settings: MutableMapping[str, Any]) -> None:
    """Add what Flask-SQLAlchemy reads: addresses and options of the engines. Only production must name a database."""
    url = settings["DATABASE_URL"] or _default_database(settings["APP_ENV"])
    replica = settings["DATABASE_REPLICA_URL"]
    settings["SQLALCHEMY_DATABASE_URI"] = url.render_as_string(hide_password=False)
    settings["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings, url)
    settings["SQLALCHEMY_BINDS"] = {REPLICA: replica_options(settings, replica)} if replica else {}
    # At last, since a pooler before the primary says nothing of the replica.
    settings["DATABASE_POOLED"] = is_pooled(settings, url)


def engine_options(values: Mapping[str, Any], url: URL) -> dict[str, Any]:
    """The options of the engine for the database at `url`. `values` are the settings by name."""
    options: dict[str, Any] = {
        "pool_size": values["DB_POOL_SIZE"],
        "max_overflow": values["DB_MAX_OVERFLOW"],
        "pool_timeout": values["DB_POOL_TIMEOUT"],
        "pool_recycle": values["DB_POOL_RECYCLE"],
        "echo": values["DB_ECHO"],
        "echo_pool": values["DB_ECHO_POOL"],
    }
    if values["APP_ENV"] == "production" or not values["DB_ECHO"]:
        # Or the log of a failed statement holds addresses and hashes. Who develops may ask for them.
        options["hide_parameters"] = True
    return options | (_sqlite(values) if url.drivername == "sqlite" else _postgresql(values, url))


def replica_options(values: Mapping[str, Any], url: URL) -> dict[str, Any]:
    """The address and the options of the engine for the replica at `url`."""
    seconds = min(values["DB_CONNECT_TIMEOUT"], REPLICA_CONNECT_TIMEOUT)
    return {"url": url, **engine_options({**values, "DB_CONNECT_TIMEOUT": seconds}, url)}


def is_pooled(values: Mapping[str, Any], url: URL) -> bool:
    """Whether a pooler in transaction mode stands before the server, as the setting or the name of the host says."""
    host = url.host or str(url.query.get("host", ""))
    return values["DATABASE_POOLED"] or host.partition(".")[0].endswith("-pooler")


def _default_database(app_env: str) -> URL:
    config.INSTANCE.mkdir(parents=True, exist_ok=True)
    name = "testing.db" if app_env == "testing" else "blog.db"
    return URL.create("sqlite", database=str(config.INSTANCE / name))


def _sqlite(values: Mapping[str, Any]) -> dict[str, Any]:
    wait = values["DB_LOCK_TIMEOUT"] / 1000 or ONE_DAY
    # A transaction that takes the write lock only at its first write can lose the update that it computed before.
    return {"connect_args": {"timeout": wait}, "execution_options": {ON_BEGIN: "BEGIN IMMEDIATE"}}


def _postgresql(values: Mapping[str, Any], url: URL) -> dict[str, Any]:
    arguments: dict[str, Any] = {"connect_timeout": values["DB_CONNECT_TIMEOUT"], **KEEPALIVES}
    # What the address says itself is kept.
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    timeouts = [(name, values[setting]) for name, setting in SERVER_TIMEOUTS.items() if values[setting]]
    on_begin = ""
    if timeouts and is_pooled(values, url):
        # A pooler refuses the parameter below, and hands what is SET for a session to whoever comes next.
        on_begin = "; ".join(f"SET LOCAL {name} = {limit}" for name, limit in timeouts)
    elif timeouts:
        # What comes last wins.
        limits = " ".join(f"-c {name}={limit}" for name, limit in timeouts)
        arguments["options"] = f"{limits} {url.query.get('options', '')}".strip()
    return {
        "connect_args": arguments,
        "execution_options": {ON_BEGIN: on_begin},
        "executemany_mode": "values_plus_batch",
        # Each new connection would look for a type that is not used here, in three round trips.
        "use_native_hstore": False,
        # There is nothing to roll back, and each call into the driver lets another thread go first.
        "skip_autocommit_rollback": True,
    }
