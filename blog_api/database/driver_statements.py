"""Statements as the driver takes them: what SQLAlchemy does anew for each execution, done once for each statement."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, cast

from sqlalchemy import BindParameter, Dialect, Select
from sqlalchemy.sql.compiler import SQLCompiler

Values = dict[str, Any] | tuple[Any, ...]
# Where the text of a statement has a parameter, or a percent sign.
_PLACE = re.compile(r"%(?:\((\w+)\)s|%)")


class _Text:
    """A text cut at its parameters once, as psycopg2 would for each execution: some 40,000 instructions for a list."""

    def __init__(self, sql: str) -> None:
        self._pieces: list[bytes] = []
        self._places: list[tuple[int, str]] = []
        start = 0
        for found in _PLACE.finditer(sql):
            self._pieces.append(sql[start : found.start()].encode("ascii"))
            if found[1]:
                self._places.append((len(self._pieces), found[1]))
            self._pieces.append(b"%")
            start = found.end()
        self._pieces.append(sql[start:].encode("ascii"))

    def fill(self, cursor: Any, values: Mapping[str, Any]) -> bytes:
        """The text with the values in their places, as the driver writes them."""
        written = {name: _write(cursor, value) for name, value in values.items()}
        pieces = self._pieces.copy()
        for place, name in self._places:
            pieces[place] = written[name]
        return b"".join(pieces)


def _write(cursor: Any, value: Any) -> bytes:
    if type(value) is datetime and value.tzinfo is not None:
        # As the driver does, for whom it takes 20,000 instructions.
        return f"'{value.isoformat()}'::timestamptz".encode("ascii")
    written: bytes = cursor.mogrify("%s", (value,))
    return written


class DriverStatement:
    """The SQL of a statement, with what makes its values of parameters, and its rows of what the driver gives."""

    def __init__(self, statement: Select[*tuple[Any, ...]], compiled: SQLCompiler) -> None:
        """`compiled` is the statement for a dialect; one that `can_be_run` on the driver."""
        self.sql = str(compiled)
        self._names = compiled.positiontup
        self._text = _Text(self.sql) if self._names is None else None
        self._constants: dict[str, Any] = {}
        processors: dict[str, Callable[[Any], Any] | None] = {}
        for parameter, name in compiled.bind_names.items():
            process = parameter.type.dialect_impl(compiled.dialect).bind_processor(compiled.dialect)
            if parameter.required:
                # Of several of one name some may have no type.
                processors[name] = process or processors.get(name)
            else:
                self._constants[name] = process(parameter.value) if process else parameter.value
        self._parameters = list(processors.items())
        columns = statement.selected_columns
        row = namedtuple("Row", columns.keys(), rename=True)  # type: ignore[misc]  # noqa: PYI024 - names of one query
        # Past its own `__new__`, which is written in Python.
        self._make_row = partial(cast(Callable[..., Any], tuple.__new__), row)
        self._types = [column.type.dialect_impl(compiled.dialect) for column in columns]
        self._dialect = compiled.dialect
        # Which columns are not left as the driver gives them; it says only with the first answer what it gives.
        self._readers: list[tuple[int, Callable[[Any], Any]]] | None = None

    def values(self, parameters: Mapping[str, Any]) -> Values:
        """What the driver is given for the parameters, of which there may be more. Raises KeyError for one missing."""
        values = self._constants.copy()
        for name, process in self._parameters:
            value = parameters[name]
            values[name] = process(value) if process else value
        return tuple([values[name] for name in self._names]) if self._names is not None else values

    def send(self, cursor: Any, values: Values) -> None:
        """Run the statement."""
        if self._text is None:
            cursor.execute(self.sql, values)
        else:
            assert isinstance(values, dict)
            cursor.execute(self._text.fill(cursor, values))

    def rows(self, cursor: Any) -> list[Any]:
        """What a cursor has to give for this statement, as named tuples."""
        if self._readers is None:
            self._readers = self._readers_of(cursor.description)
        fetched: Iterable[Iterable[Any]] = cursor.fetchall()
        if self._readers and fetched:
            columns: list[Iterable[Any]] = list(zip(*fetched, strict=True))
            for place, read in self._readers:
                columns[place] = map(read, columns[place])
            fetched = zip(*columns, strict=True)
        return list(map(self._make_row, fetched))

    def _readers_of(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, Callable[[Any], Any]]]:
        kinds = zip(self._types, description, strict=True)
        readers = [kind.result_processor(self._dialect, column[1]) for kind, column in kinds]
        return [(place, read) for place, read in enumerate(readers) if read]


def can_be_run(compiled: SQLCompiler) -> bool:
    """Whether the text of a statement stands, and its parameters are its own: not where a list makes as many of one as
    it has values."""
    return (
        not (compiled.post_compile_params or compiled.literal_execute_params or compiled.escaped_bind_names)
        and compiled.string.isascii()
        and all(_is_plain(parameter) for parameter in compiled.bind_names)
    )


def _is_plain(parameter: BindParameter[Any]) -> bool:
    # What is given with each execution, or a constant of the statement.
    return parameter.required or (parameter.unique and parameter.callable is None)


@lru_cache(maxsize=1024)
def for_driver(statement: Select[*tuple[Any, ...]], dialect: Dialect) -> DriverStatement | None:
    """The statement, which must be built once, for the driver of the dialect; None where it takes SQLAlchemy."""
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    return DriverStatement(statement, compiled) if can_be_run(compiled) else None
