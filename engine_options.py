"""What SQLAlchemy's engine is told: its pool, the timeouts of the server, and the way there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL

# What PostgreSQL calls the settings that limit it, in milliseconds.
SERVER_TIMEOUTS = {
    "statement_timeout": "DB_STATEMENT_TIMEOUT",
    "lock_timeout": "DB_LOCK_TIMEOUT",
    "idle_in_transaction_session_timeout": "DB_IDLE_TRANSACTION_TIMEOUT",
}
# A server that vanished without a word is given up within a minute, and not after the two hours of the kernel.
KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# SQLite has no word for waiting without an end.
SECONDS_OF_A_DAY = 86_400


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
    if values["APP_ENV"] == "production":
        # Or the log of a failed statement holds addresses and hashes.
        options["hide_parameters"] = True
    if url.drivername == "sqlite":
        wait = values["DB_LOCK_TIMEOUT"] / 1000 or SECONDS_OF_A_DAY
        return options | {"connect_args": {"timeout": wait}}
    return options | {
        "connect_args": _connect_args(values, url),
        "executemany_mode": "values_plus_batch",
        # Each new connection would look for a type that is not used here, in three round trips.
        "use_native_hstore": False,
    }


def server_timeouts(values: Mapping[str, Any]) -> dict[str, int]:
    """The limits that PostgreSQL is given, by its own names, in milliseconds; not those that are 0."""
    return {name: values[setting] for name, setting in SERVER_TIMEOUTS.items() if values[setting]}


def _connect_args(values: Mapping[str, Any], url: URL) -> dict[str, Any]:
    arguments = {"connect_timeout": values["DB_CONNECT_TIMEOUT"], **KEEPALIVES}
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    timeouts = server_timeouts(values)
    if timeouts and not values["DATABASE_POOLED"]:
        # A pooler refuses this parameter. What the address says comes last, and wins.
        limits = " ".join(f"-c {name}={limit}" for name, limit in timeouts.items())
        arguments["options"] = f"{limits} {url.query.get('options', '')}".strip()
    return arguments
