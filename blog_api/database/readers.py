"""What reads, without a transaction and without entities."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult, Engine, Executable, Select
from sqlalchemy.engine import Connection
from sqlalchemy.pool import PoolProxiedConnection

from blog_api.database.connections import take_to_read
from blog_api.database.driver_statements import Values, for_driver


class Reader:
    """What `db.session` is while a request only reads: statements that give rows, each by itself.

    Nothing of what a session does for entities is done. The first statement takes a connection from the pool.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._taken: PoolProxiedConnection | None = None
        # What SQLAlchemy runs a statement on, where the driver alone does not do.
        self._connection: Connection | None = None

    def execute(self, statement: Executable, params: Any = None, **_of_entities: Any) -> CursorResult[Any]:
        """Run any statement, in autocommit."""
        return self._connect().execute(statement, params)

    def fetch(self, statement: Select[*tuple[Any, ...]], parameters: Mapping[str, Any]) -> Sequence[Any]:
        """The rows of a statement that is built once, in autocommit: straight from the driver where it can run it, for
        a third of the price of `execute`."""
        ready = for_driver(statement, self._engine.dialect)
        # What is logged is written by SQLAlchemy.
        if ready is None or self._engine.logger.isEnabledFor(logging.INFO):
            return self.execute(statement, parameters).all()
        sql, values, taken, cursor = ready.sql, ready.values(parameters), self._take(), None
        try:
            cursor = taken.cursor()
            if self._engine.dispatch.before_cursor_execute:
                self._tell(cursor, sql, values)
            ready.send(cursor, values)
            return ready.rows(cursor)
        except BaseException as error:
            self._fail(error, sql, values, cursor)
            raise

    def _take(self) -> PoolProxiedConnection:
        if self._taken is None or not self._taken.is_valid:
            self._taken, self._connection = take_to_read(self._engine), None
        return self._taken

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._engine, self._take())
        return self._connection

    def _tell(self, cursor: Any, sql: str, values: Values) -> None:
        """Who listens to the statements of the engine hears of this one too, and cannot change it."""
        connection = self._connect()
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, sql, values, None, False)

    def _fail(self, error: BaseException, sql: str, values: Values, cursor: Any) -> None:
        """Raise what SQLAlchemy makes of an error of the driver, once it has given up a connection that is gone."""
        connection = self._connect()
        # The statement is not sent again to be told: it may have taken all the time that it had.
        ours = isinstance(error, self._engine.dialect.loaded_dbapi.Error)
        try:
            connection._handle_dbapi_exception(error, sql if ours else None, values, cursor, None)  # noqa: SLF001
        finally:
            if connection.invalidated:
                self._taken = self._connection = None

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
        elif self._taken is not None:
            self._taken.close()
