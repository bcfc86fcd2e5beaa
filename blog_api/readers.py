"""What reads, without a transaction and without entities."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, Engine, Executable, text
from sqlalchemy.engine import Connection

from blog_api.connections import connect_to_read


class Reader:
    """What `db.session` is while a request only reads: statements that give rows, each by itself.

    Nothing of what a session does for entities is done, which is a third of the price of a statement.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connection: Connection | None = None

    def execute(self, statement: Executable, params: Any = None, **_of_entities: Any) -> CursorResult[Any]:
        """Run a statement in autocommit. The first one takes a connection."""
        return self._connect().execute(statement, params)

    def first_row(self, statement: str) -> Any:
        """The first row of a statement, or None, as the driver gives it: half of the price of `execute`.

        For what is asked before a reply that is there already, where nothing else costs as much.
        """
        connection = self._connect()
        try:
            cursor = connection.connection.cursor()
            cursor.execute(statement)
            return cursor.fetchone()
        except connection.dialect.loaded_dbapi.Error:
            # SQLAlchemy knows what becomes of the connection, and the errors of this service are known by its names.
            return self.execute(text(statement)).first()

    def _connect(self) -> Connection:
        if self._connection is None:
            self._connection = connect_to_read(self.engine)
        return self._connection

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
