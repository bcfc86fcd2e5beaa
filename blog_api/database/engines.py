"""Set up the engines of an app: event listeners, circuit breaker and metrics."""

from __future__ import annotations

import logging

from flask import Flask
from sqlalchemy import Engine, event

from blog_api.database import connections, engine_options, waiting
from blog_api.database.circuit_breaker import ProbedBreaker
from blog_api.database.connect_retry import ConnectRetry
from blog_api.database.engine_options import ONE_DAY, REPLICA
from blog_api.database.pool_metrics import TimedPool, watch_pool
from blog_api.database.session import db
from blog_api.monitoring import metrics

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Initialize Flask-SQLAlchemy and set up its engines."""
    engine_options.configure(app.config)
    if metrics.is_enabled(app):
        for options in (app.config["SQLALCHEMY_ENGINE_OPTIONS"], *app.config["SQLALCHEMY_BINDS"].values()):
            options["poolclass"] = TimedPool
    db.init_app(app)
    with app.app_context():
        engines = dict(db.engines)
    app.extensions["breaker"] = None
    for name, engine in engines.items():
        if engine.dialect.name == "postgresql":
            waiting.install()
        if name == REPLICA:
            # No thread waits for a replica: reads fall back to the primary.
            event.listen(engine, "do_connect", ConnectRetry().connect)
        elif engine.dialect.name == "postgresql":
            # Keep half of the threads for reads free for requests that need no database.
            app.extensions["breaker"] = _add_breaker(
                engine, max_waiters=max(1, app.config["WEB_THREADS"] // 2)
            )
        connections.add_listeners(
            engine,
            pre_ping=app.config["DB_POOL_PRE_PING"],
            lock_seconds=app.config["DB_LOCK_TIMEOUT"] / 1000 or ONE_DAY,
        )
        if metrics.is_enabled(app):
            watch_pool(engine, name or "primary")
    # These share the pools of the engines.
    app.extensions["reading_engines"] = {
        name: engine.execution_options(**{connections.READ_ONLY: True}) for name, engine in engines.items()
    }


def _add_breaker(engine: Engine, max_waiters: int) -> ProbedBreaker:
    """Return the circuit breaker of the primary. It opens on connection failures and on exceeded deadlines."""
    retry = ConnectRetry(max_waiters=max_waiters)
    breaker = ProbedBreaker("the database", retry.probe)
    retry.on_unavailable = breaker.trip

    def on_invalidate(_connection: object, _record: object, error: BaseException | None) -> None:
        if isinstance(error, waiting.DeadlineExceeded):
            log.warning("closed a database connection at the request deadline")
            breaker.trip()

    event.listen(engine, "do_connect", retry.connect)
    event.listen(engine, "invalidate", on_invalidate)
    return breaker
