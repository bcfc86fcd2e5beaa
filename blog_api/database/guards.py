"""What keeps the threads of a process from waiting for a server of PostgreSQL: deadlines, and a circuit breaker."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from sqlalchemy import Dialect, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from blog_api.context import seconds_left
from blog_api.database.circuit_breaker import ProbedBreaker
from blog_api.database.connect_retry import ConnectRetry
from blog_api.database.watchdog import Wire, watchdog

# A replica gets half of the time that a request has left, so that the primary can still answer it.
SHARE_OF_REPLICA = 0.5
# What a probe may take: to connect, which the driver counts in whole seconds, and to be answered.
SECONDS_TO_CONNECT = 2
SECONDS_TO_ANSWER = 1.0


def guard_primary(engine: Engine, places: int) -> ProbedBreaker:
    """Guard the connections of `engine`. So many threads may wait for a server that is away for a moment; the breaker
    says whether others should ask at all."""
    server = _Server(engine.dialect.loaded_dbapi.Error)
    breaker = ProbedBreaker("the database", server.probe)
    event.listen(engine, "do_connect", server.note)
    _listen(engine, ConnectRetry(places=places, on_away=breaker.trip), _Uses(1.0, breaker.trip))
    return breaker


def guard_replica(engine: Engine) -> None:
    """Guard the connections of `engine`: nobody waits for a replica, since there is the primary."""
    share = SHARE_OF_REPLICA
    _listen(engine, ConnectRetry(places=0, share=share), _Uses(share, lambda: None))


def _listen(engine: Engine, retry: ConnectRetry, uses: _Uses) -> None:
    event.listen(engine, "do_connect", retry.connect)
    # Before the first statement that the engine itself sends.
    event.listen(engine, "connect", uses.begin_with_new, insert=True)
    event.listen(engine, "checkout", uses.begin)
    event.listen(engine, "checkin", uses.end)
    event.listen(engine, "close", uses.end_with_connection)


class _Server:
    """The way to a server, as the last connection took it."""

    def __init__(self, fault: type[Exception]) -> None:
        """`fault` is what the driver raises."""
        self._fault = fault
        self._connect: Callable[[], Any] | None = None

    def note(
        self, dialect: Dialect, _record: object, arguments: list[Any], parameters: dict[str, Any]
    ) -> None:
        """Remember how to connect. The event goes on to those who do."""
        own = parameters | {"connect_timeout": SECONDS_TO_CONNECT}
        self._connect = lambda: dialect.connect(*arguments, **own)

    def probe(self) -> Exception | None:
        """What is wrong with the server, if anything is."""
        try:
            self._ask()
        except (self._fault, OSError) as error:
            return error
        return None

    def _ask(self) -> None:
        assert self._connect is not None
        with closing(self._connect()) as connection:
            watch = watchdog.watch(Wire(connection), time.monotonic() + SECONDS_TO_ANSWER, lambda: None)
            try:
                connection.cursor().execute("SELECT 1")
            finally:
                if watchdog.release(watch):
                    watch.wire.close()


class _Uses:
    """Which connections of an engine are in use, and until when they may be."""

    def __init__(self, share: float, on_late: Callable[[], object]) -> None:
        self._share, self._on_late = share, on_late

    def begin_with_new(self, connection: Any, record: ConnectionPoolEntry) -> None:
        """A connection was made, for somebody who waits for it."""
        record.info["wire"] = Wire(connection)
        self._watch(record.info)

    def begin(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        """Somebody takes a connection."""
        if "watch" not in record.info:
            self._watch(record.info)

    def _watch(self, info: dict[Any, Any]) -> None:
        ends = time.monotonic() + seconds_left() * self._share
        if ends < math.inf:
            info["watch"] = watchdog.watch(info["wire"], ends, self._on_late)

    def end(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """A connection is given back. One that was too late is no use to anybody."""
        watch = record.info.pop("watch", None)
        if watch is not None and not watchdog.release(watch):
            # The watchdog has it, and closes it.
            del record.info["wire"]
            record.invalidate()

    def end_with_connection(self, _connection: object, record: ConnectionPoolEntry) -> None:
        """A connection is closed."""
        watch, wire = (record.info.pop(name, None) for name in ("watch", "wire"))
        if wire is not None and (watch is None or watchdog.release(watch)):
            wire.close()
