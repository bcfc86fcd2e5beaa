"""Which statements are sent to a database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from blog_api.readers import Reader


@contextlib.contextmanager
def noting_statements(engine: Engine) -> Iterator[list[str]]:
    """A list to which each statement is added that is sent by `engine` meanwhile, but for BEGIN."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    def first_row(reader: Reader, statement: str) -> Any:
        # What goes past the events of the engine.
        if reader.engine.pool is engine.pool:
            statements.append(statement)
        return ask(reader, statement)

    ask = Reader.first_row
    event.listen(engine, "before_cursor_execute", note)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Reader, "first_row", first_row)
            yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
