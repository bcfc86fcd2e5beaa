"""Find set-based writes that change what the public sees without recording it in `changes`.

Units of work are recorded as they flush; set-based statements must call the recording themselves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Delete, Engine, Insert, QueuePool, Table, Update, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from blog_api.database.columns import utcnow
from blog_api.database.session import RoutedSession, db
from blog_api.models.changes import Change

TABLES = ("posts", "tags", "users", "post_tags", "post_authors")
_KEY = "before_writes"
_POSTS = """
    SELECT id, published_at, slug, title, summary, content FROM posts
    WHERE id BETWEEN {first} AND {last} AND status = 'published' AND deleted_at IS NULL
"""
_TAGGED = "SELECT post_id, 'tag', tag_id FROM post_tags WHERE post_id BETWEEN {first} AND {last}"
_WRITTEN = (
    "SELECT post_id, 'author', user_id, position FROM post_authors WHERE post_id BETWEEN {first} AND {last}"
)
_TAGS = "SELECT id, name, slug, description FROM tags"
_USERS = "SELECT id, username, display_name, bio, website, image, is_active FROM users"
_LAST = "SELECT coalesce(max(id), 0), (SELECT coalesce(max(id), 0) FROM posts) FROM changes"
_RECORDED = "SELECT type, entity_id FROM changes WHERE id > {last}"
# How many posts before and after the last one are compared, to bound the memory.
_SOME = 100

# What the public sees, now or when it is due, by kind and id.
Content = dict[tuple[str, int], Any]


class Before(NamedTuple):
    """The state before the first write of a transaction, and its set-based writes so far."""

    last_change: int
    last_post: int
    content: Content
    in_savepoint: bool
    statements: list[str]


@contextlib.contextmanager
def unrecorded_writes() -> Iterator[list[str]]:
    """Collect descriptions of what set-based writes have changed without recording it."""
    found: list[str] = []

    def check(session: Session) -> None:
        if _KEY in session.info and not session.in_nested_transaction() and _is_alone(session):
            session.flush()
            found.extend(_find_unrecorded(session, session.info[_KEY]))

    listeners = (
        (RoutedSession, "do_orm_execute", _before_statement),
        (Engine, "before_execute", _before_recording),
        (RoutedSession, "before_commit", check),
        (RoutedSession, "after_soft_rollback", _forget_savepoint),
        (RoutedSession, "after_transaction_end", _forget),
    )
    for target, name, listener in listeners:
        event.listen(target, name, listener)
    try:
        yield found
    finally:
        for target, name, listener in listeners:
            event.remove(target, name, listener)


def _is_alone(session: Session) -> bool:
    """Return whether the app has a single connection. The writes of others could be committed meanwhile."""
    bind = session.get_bind()
    return isinstance(bind, Engine) and isinstance(bind.pool, QueuePool) and bind.pool.size() == 1


def _before_statement(state: ORMExecuteState) -> None:
    """Remember the state before a set-based write."""
    statement = state.statement
    table = statement.table if isinstance(statement, Insert | Update | Delete) else None
    if isinstance(table, Table) and table.name in TABLES:
        kind = "INSERT" if state.is_insert else "UPDATE" if state.is_update else "DELETE"
        _before(state.session).statements.append(f"{kind} {table.name}")


def _before_recording(_connection: object, statement: object, *_parameters: object) -> None:
    """Remember the state before the first record, which can precede the write."""
    if isinstance(statement, Insert) and statement.table is Change.__table__:
        _before(db.session())


def _before(session: Session) -> Before:
    if _KEY not in session.info:
        ((last_change, last_post),) = _select(session, _LAST)
        content = _public_content(session, last_post)
        session.info[_KEY] = Before(last_change, last_post, content, session.in_nested_transaction(), [])
    before: Before = session.info[_KEY]
    return before


def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KEY, None)


def _forget_savepoint(session: Session, _transaction: SessionTransaction) -> None:
    """Forget a state that includes what the rollback of a savepoint has undone."""
    if _KEY in session.info and session.info[_KEY].in_savepoint:
        del session.info[_KEY]


def _find_unrecorded(session: Session, before: Before) -> Iterator[str]:
    if not before.statements:
        return
    content = _public_content(session, before.last_post)
    entries = _select(session, _RECORDED.format(last=before.last_change))
    recorded = {(type_.partition(".")[0], row_id) for type_, row_id in entries}
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    now = utcnow() if on_postgresql else utcnow().replace(tzinfo=None).isoformat(" ")
    for key in sorted(before.content.keys() | content.keys()):
        # Both at the same time, as posts can come due between the two.
        old, new = (_as_seen(key, found.get(key), now) for found in (before.content, content))
        # A new account is not public before a post of its is.
        if old != new and key not in recorded and (key[0] != "user" or old is not None):
            yield f"{' '.join(map(str, key))}: {old} -> {new}, by {', '.join(before.statements)}"


def _as_seen(key: tuple[str, int], value: Any, now: Any) -> Any:
    return None if key[0] == "post" and value and value[0] > now else value


def _public_content(session: Session, last_post: int) -> Content:
    near = {"first": last_post - _SOME, "last": last_post + _SOME}
    content: Content = {("post", row[0]): [*row[1:]] for row in _select(session, _POSTS.format(**near))}
    content |= {("tag", row[0]): row[1:] for row in _select(session, _TAGS)}
    for links in (_TAGGED, _WRITTEN):
        for post_id, *link in sorted(_select(session, links.format(**near))):
            if ("post", post_id) in content:
                content["post", post_id].append(tuple(link))
    return content | {("user", row[0]): row[1:] for row in _select(session, _USERS)}


def _select(session: Session, statement: str) -> list[tuple[Any, ...]]:
    """Run a SELECT on the connection of the driver, so that tests that count statements do not see it."""
    cursor = session.connection().connection.cursor()
    try:
        cursor.execute(statement)
        return list(cursor.fetchall())
    finally:
        cursor.close()
