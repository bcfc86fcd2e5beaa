"""Compare the SQL in docs/database.md with the statements sent to PostgreSQL."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import pytest
from psycopg2 import extensions
from sqlalchemy import Engine

from config import PROJECT

PAGE = (PROJECT / "docs" / "database.md").read_text(encoding="utf-8")
WORDS = (
    "SELECT|WITH|UPDATE|DELETE|INSERT|SAVEPOINT|ROLLBACK|RELEASE|CREATE|ALTER|CAST|SET|BEGIN|COMMIT|PRAGMA"
)


@contextlib.contextmanager
def recorded(engine: Engine) -> Iterator[list[str]]:
    """Record the statements sent over new connections of the engine, including failed ones, with their values.

    The driver records them, so that none is missed.
    """
    sent: list[str] = []

    class Cursor(extensions.cursor):
        def execute(self, query: Any, values: Any = None) -> None:
            connection = self.connection
            if not connection.autocommit and connection.status == extensions.STATUS_READY:
                sent.append("BEGIN")
            try:
                super().execute(query, values)
            finally:
                sent.append(self.query.decode() if self.query else str(query))

    class Connection(extensions.connection):
        def commit(self) -> None:
            sent.append("COMMIT")
            super().commit()

    connect = partial(engine.dialect.connect, connection_factory=Connection, cursor_factory=Cursor)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.dialect, "connect", connect)
        engine.dispose()
        yield sent
    engine.dispose()


def blocks(title: str, kind: str = "sql") -> list[str]:
    """Return the code blocks of this kind in a section."""
    item = PAGE.split(f". {title}\n")[1].split("\n## ")[0]
    found = re.findall(r"^```(\w*)\n(.*?)^```$", item, re.DOTALL | re.MULTILINE)
    return [text for of_kind, text in found if of_kind == kind]


def statements_of(block: str) -> list[str]:
    """Return the statements of a block without comments. Each starts on a new line."""
    plain_block = re.sub(r" *-- .*$", "", block, flags=re.MULTILINE)
    found = re.split(rf"^(?=(?:{WORDS})\b)", plain_block, flags=re.MULTILINE)
    return [one.strip() for one in found if one.strip()]


def is_of_migrations(statement: str) -> bool:
    """Return whether the statement is DDL."""
    return statement.startswith(("CREATE", "ALTER TABLE"))


def missing(printed: Iterable[str], sent: Iterable[str]) -> list[str]:
    """Return the statements of these blocks that were not sent, except for those of migrations."""
    wanted = [one for block in printed for one in statements_of(block) if not is_of_migrations(one)]
    assert wanted
    return unsent(wanted, sent)


def unsent(wanted: Iterable[str], sent: Iterable[str]) -> list[str]:
    """Return the statements that were not sent."""
    seen = [_plain(statement) for statement in sent]
    return [one for one in wanted if not any(_pattern(one).search(statement) for statement in seen)]


def _plain(statement: str) -> str:
    """Normalize what differs between runs: line breaks, numbers, times and generated names."""
    text = re.sub(r"'[-\d:T.+]+'::timestamptz", "'...'", " ".join(statement.split()))
    text = (
        re.sub(r"\b(sa_savepoint|anon)_\d+", r"\1", re.sub(r" AS anon_\d+", "", text))
        .replace("( ", "(")
        .replace(" )", ")")
    )
    # The key of a lock can be negative.
    return re.sub(r"((?<=\()-)?\b\d+\b(, \d+\b)*", "0", text)


def _pattern(statement: str) -> re.Pattern[str]:
    """Return a pattern for the statement, in which dots match anything."""
    text = re.escape(_plain(statement).replace("'...'", "'TIME'"))
    return re.compile(text.replace(r"\.\.\.", ".*?").replace("'TIME'", re.escape("'...'")))
