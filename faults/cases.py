"""The cases: faults of the service or its database under load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from faults import client_faults, database_faults, redis_faults, service_faults
from faults.client_faults import behind_nginx
from faults.environment import Environment, Fault
from faults.redis_faults import with_redis
from faults.service_faults import behind_socket

SMALL_POOL = {"DB_POOL_SIZE": "2", "DB_MAX_OVERFLOW": "0"}
SHORT_LIVES = {"GUNICORN_CMD_ARGS": "--max-requests 100 --max-requests-jitter 20"}


@dataclass(frozen=True, slots=True)
class Case:
    """A row of the table, and the effects that clients may see."""

    name: str
    title: str
    fault: Fault
    settings: Mapping[str, str] = field(default_factory=dict)
    # Starts the service, before the load begins.
    prepare: Callable[[Environment], None] = Environment.launch
    database: str = "postgresql"
    rate: int = 200
    small_disk: bool = False
    # Clients must not notice anything.
    seamless: bool = False
    # Connections can break: a process is killed, or the listening socket is closed.
    breaks_connections: bool = False
    # Connections are refused for a while.
    refuses_connections: bool = False


CASES = [
    Case("calm", "no fault, for comparison", service_faults.no_fault, seamless=True),
    Case("restart", "the database is restarted (fast)", database_faults.restart("fast")),
    Case("crash", "the database is restarted (immediate)", database_faults.restart("immediate")),
    Case("stop", "the database is stopped for 5 s", database_faults.stop),
    Case("terminate", "all database connections are terminated every half second", database_faults.terminate),
    Case("freeze", "the database is frozen for 8 s", database_faults.freeze),
    Case("deadline", "the same, with a deadline of 3 s", database_faults.freeze, {"REQUEST_DEADLINE": "3"}),
    Case("disk", "the disk of the database is full", database_faults.fill_disk, small_disk=True),
    Case(
        "lock", "a pool of two connections, and a lock on the posts table", database_faults.lock, SMALL_POOL
    ),
    Case(
        "migration",
        "the migration of a next release is applied and reverted",
        database_faults.migrate,
        seamless=True,
    ),
    Case("behind", "the latest migration is reverted and applied again", database_faults.fall_behind),
    Case(
        "kill", "a worker is killed (kill -9) every 3 s", service_faults.kill_worker, breaks_connections=True
    ),
    Case("store", "no pictures can be stored", service_faults.break_store),
    Case("reload", "HUP every 3 s", service_faults.reload, seamless=True),
    Case("recycle", "workers exit after 100 requests", service_faults.no_fault, SHORT_LIVES, seamless=True),
    Case("upgrade", "USR2, then TERM to the old service", service_faults.upgrade, seamless=True),
    Case(
        "replace",
        "TERM, then a new service",
        service_faults.replace,
        breaks_connections=True,
        refuses_connections=True,
    ),
    Case(
        "socket",
        "the same, with a socket that stays open",
        service_faults.replace,
        {},
        behind_socket,
        seamless=True,
    ),
    Case(
        "redis-stop", "the Redis of the rate limits is down", redis_faults.stop, {}, with_redis, seamless=True
    ),
    Case("redis-freeze", "that Redis is frozen", redis_faults.freeze, {}, with_redis, seamless=True),
    Case(
        "slow", "60 slow clients, nginx", client_faults.send_slowly, {}, behind_nginx, rate=50, seamless=True
    ),
    Case("flat", "10,000 requests", client_faults.check_growth, {"REPLY_CACHE_MB": "1"}, seamless=True),
    Case(
        "sqlite", "no fault, on SQLite", service_faults.no_fault, database="sqlite", rate=150, seamless=True
    ),
]
