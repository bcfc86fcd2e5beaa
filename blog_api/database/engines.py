"""The engines of an app: bound, guarded and measured when it starts."""

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
    """Bind the database to the app and prepare each new connection."""
    engine_options.configure(app.config)
    if metrics.are_on(app):
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
            # Nobody waits for a replica, since there is the primary.
            event.listen(engine, "do_connect", ConnectRetry().connect)
        elif engine.dialect.name == "postgresql":
            # Half of the threads are left to those who need no database, above all to /health/live.
            app.extensions["breaker"] = _add_breaker(
                engine, max_waiters=max(1, app.config["WEB_THREADS"] // 2)
            )
        connections.add_listeners(
            engine,
            pre_ping=app.config["DB_POOL_PRE_PING"],
            lock_seconds=app.config["DB_LOCK_TIMEOUT"] / 1000 or ONE_DAY,
        )
        if metrics.are_on(app):
            watch_pool(engine, name or "primary")
    # The same pools, made ready once.
    app.extensions["reading_engines"] = {
        name: engine.execution_options(**{connections.READ_ONLY: True}) for name, engine in engines.items()
    }


def _add_breaker(engine: Engine, max_waiters: int) -> ProbedBreaker:
    """Return the breaker of a primary, which opens once nobody is reached, or somebody has waited in vain."""
    retry = ConnectRetry(max_waiters=max_waiters)
    breaker = ProbedBreaker("the database", retry.probe)
    retry.on_unavailable = breaker.trip

    def on_invalidate(_connection: object, _record: object, error: BaseException | None) -> None:
        if isinstance(error, waiting.DeadlineExceeded):
            log.warning("a connection was cut at the deadline of its request")
            breaker.trip()

    event.listen(engine, "do_connect", retry.connect)
    event.listen(engine, "invalidate", on_invalidate)
    return breaker
