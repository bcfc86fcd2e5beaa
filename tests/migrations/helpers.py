"""Inspect and fill the tables of a database."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, delete, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from blog_api.database.base import Base
from blog_api.database.columns import utcnow
from blog_api.database.session import db, transaction
from blog_api.models.addresses import Redirect
from blog_api.models.api_tokens import ApiToken
from blog_api.models.audit import AuditEvent
from blog_api.models.changes import Change
from blog_api.models.comments import Comment
from blog_api.models.confirmations import Confirmation
from blog_api.models.idempotency import IdempotencyKey
from blog_api.models.imports import ImportedComment, ImportedFile
from blog_api.models.logins import LoginAddress, LoginFailures
from blog_api.models.media import Media, MediaFile, MediaUse
from blog_api.models.outbox import OutboxMessage
from blog_api.models.posts import Post
from blog_api.models.previews import Preview
from blog_api.models.sessions import LoginSession
from blog_api.models.tags import FormerTagName, Tag
from blog_api.models.users import User
from blog_api.models.webhooks import FormerLink, Webhook


def tables():
    return set(inspect(db.engine).get_table_names())


def fill_all_tables():
    """Insert a row into every table, with references between them."""
    with transaction() as session:
        user = User(username="Ada", username_key="ada", email="a@b.example", email_key="a@b.example", role="admin",
                    display_name="Ada")  # fmt: skip
        an_hour_ago = utcnow() - timedelta(hours=1)
        session.add(LoginSession(user=user, refresh_jti="x", expires_at=utcnow()))
        post = Post(slug="x", title="X", status="published", published_at=an_hour_ago, author=user)
        post.authors.append(user)
        post.tags.append(Tag(name="T", name_key="t", slug="t"))
        session.add(post)
        session.flush()
        session.add(IdempotencyKey(user_id=user.id, key="k", digest="0", role="admin", status=201, headers=[],
                                   body=b"{}", expires_at=utcnow()))  # fmt: skip
        session.add(ApiToken(user_id=user.id, name="x", scopes="read", digest="0", expires_at=utcnow()))
        session.add(AuditEvent(action="x", detail="", address="", request_id="", expires_at=utcnow()))
        session.add(LoginFailures(key="0", failures=1, expires_at=utcnow()))
        session.add(LoginAddress(user_id=user.id, network="192.0.2.1", expires_at=utcnow()))
        session.add(OutboxMessage(kind="password_reset", recipient="a@b.example", expires_at=utcnow()))
        session.add(Confirmation(user_id=user.id, purpose="password_reset", email="a@b.example", message_id=1,
                                 digest="0", expires_at=utcnow()))  # fmt: skip
        session.add(FormerTagName(name_key="old", tag_id=post.tags[0].id))
        session.add(Redirect(path="/old", post_id=post.id))
        file = MediaFile(key="0", sha256="0", state="ready", variants=[])
        media = Media(file=file, author_id=user.id, filename="x.png", alt="", caption="")
        session.add(media)
        session.flush()
        session.add(MediaUse(post_id=post.id, file_id=file.id, media_id=media.id))
        session.add(Comment(post_id=post.id, user_id=user.id, depth=0, content="x", html="x", renderer=1,
                            status="approved", shown=True))  # fmt: skip
        session.add(Preview(post_id=post.id, user_id=user.id, digest="0", expires_at=utcnow()))
        session.add(
            Webhook(
                url="https://a.example/", events=["*"], kind="purge", is_active=True, secret="x", position=0
            )
        )
        session.add(FormerLink(post_id=1, kind="tag", entity_id=1, expires_at=utcnow()))
        session.add(ImportedFile(source="a.md", post_id=post.id, post_version=1, digest="0"))
        session.add(ImportedComment(source="a.xml/1"))
        session.flush()
        # The flush has also recorded the tag and the comment.
        session.execute(delete(Change).where(Change.type != "post.published"))
        # `flask render` counts again after an upgrade.
        uncounted = update(Post).values(word_count=None, reading_minutes=None, updated_at=Post.updated_at)
        session.execute(uncounted, execution_options={"synchronize_session": False})
        for table in Base.metadata.sorted_tables:
            fill_if_empty(session, table)


def fill_if_empty(session: Session, table: Table) -> None:
    """Insert a row into an empty table, with a value for each column that needs one."""
    if session.execute(select(table).limit(1)).first() is None:
        row = {column.name: example_of(session, column) for column in table.columns if is_required(column)}
        try:
            session.execute(insert(table), row)
        except IntegrityError as error:
            raise AssertionError(
                f"insert a row of {table.name} in fill_all_tables (tests/migrations)"
            ) from error


def is_required(column: Column[Any]) -> bool:
    has_value = column.nullable or column.default is not None or column.server_default is not None
    return not has_value and column is not column.table.autoincrement_column


def example_of(session: Session, column: Column[Any]) -> Any:
    """Return a value for the column: that of a referenced row, or any of its type."""
    for key in column.foreign_keys:
        return session.execute(select(key.column).limit(1)).scalar_one()
    return {str: "x", int: 1, bool: True, bytes: b"x", datetime: utcnow(), dict: {}}[column.type.python_type]


# Objects that are not in the models.
UNMODELLED = re.compile(r"search|ix_posts_search|posts_search(_\w+)?|ix_posts_by_published_at")
# Formatting that differs between the databases.
FORMATTING = re.compile(r"[\s()\"]|::\w+( varying)?(\[\])?")


def shape():
    """Return the columns, constraints and indexes of all tables."""
    with db.engine.connect() as connection:
        inspector = inspect(connection)
        # Inspect all tables at once, which takes only a few queries on PostgreSQL.
        found: dict[str, tuple[Any, Callable[[Any], Any]]] = {
            "columns": (inspector.get_multi_columns(), columns_by_name),
            "primary key": (inspector.get_multi_pk_constraint(), dict),
            "checks": (inspector.get_multi_check_constraints(), checks_by_name),
            "unique": (inspector.get_multi_unique_constraints(), unique_by_name),
            "foreign keys": (inspector.get_multi_foreign_keys(), foreign_keys_by_name),
            "indexes": (inspector.get_multi_indexes(), indexes_by_name),
        }
    return {
        table: {kind: by_name(of[None, table]) for kind, (of, by_name) in found.items()}
        for _, table in found["columns"][0]
        if table not in {"alembic_version", "sqlite_sequence"} and not UNMODELLED.fullmatch(table)
    }


def columns_by_name(columns):
    return {
        column["name"]: (str(column["type"]), column["nullable"], FORMATTING.sub("", str(column["default"])))
        for column in columns
        if not UNMODELLED.fullmatch(column["name"])
    }


def checks_by_name(checks):
    return {check["name"]: FORMATTING.sub("", check["sqltext"]) for check in checks}


def unique_by_name(constraints):
    return {constraint["name"]: constraint["column_names"] for constraint in constraints}


def foreign_keys_by_name(keys):
    return {key["name"]: (key["constrained_columns"], key["referred_table"], key["options"]) for key in keys}


def indexes_by_name(indexes):
    return {
        index["name"]: (
            index.get("expressions") or index["column_names"],
            bool(index["unique"]),
            {
                name: FORMATTING.sub("", str(value))
                for name, value in index.get("dialect_options", {}).items()
            },
        )
        for index in indexes
        if not UNMODELLED.fullmatch(str(index["name"]))
    }


PROGRAMS = {
    "postgresql": """
        SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
    "sqlite": "SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')",
}


def programs():
    """Return the definitions of all triggers, functions and views."""
    with db.engine.connect() as connection:
        return sorted(connection.execute(text(PROGRAMS[db.engine.dialect.name])).scalars())
