"""The engines of an app: bound, guarded and measured when it starts."""

from __future__ import annotations

from flask import Flask

from blog_api.database import connections, engine_options
from blog_api.database.engine_options import REPLICA, SECONDS_OF_A_DAY
from blog_api.database.guards import guard_primary, guard_replica
from blog_api.database.pool_metrics import TimedPool, watch_pool
from blog_api.database.session import db
from blog_api.monitoring import metrics


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
        if name == REPLICA:
            guard_replica(engine)
        elif engine.dialect.name == "postgresql":
            # Half of the threads are left to those who need no database, above all to /health/live.
            places = max(1, app.config["WEB_THREADS"] // 2)
            app.extensions["breaker"] = guard_primary(engine, places)
        connections.prepare(
            engine,
            pre_ping=app.config["DB_POOL_PRE_PING"],
            lock_seconds=app.config["DB_LOCK_TIMEOUT"] / 1000 or SECONDS_OF_A_DAY,
        )
        if metrics.are_on(app):
            watch_pool(engine, name or "primary")
    # The same pools, made ready once.
    app.extensions["reading_engines"] = {
        name: engine.execution_options(**{connections.READ_ONLY: True}) for name, engine in engines.items()
    }
