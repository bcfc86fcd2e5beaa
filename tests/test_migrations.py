"""The migrations: there and back with data, the same as the models, and safe when several run at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import create_engine, inspect, literal_column, select, table, text

from blog_api.database import Base, db, transaction, utcnow
from blog_api.models import (
    ApiToken,
    AuditEvent,
    Confirmation,
    IdempotencyKey,
    ImportedFile,
    LoginAddress,
    LoginFailures,
    LoginSession,
    OutboxMessage,
    Post,
    Tag,
    User,
)
from tests.apps import MIGRATIONS, SECRET, make_app, running_app
from tests.postgres import create_database

PROJECT = Path(MIGRATIONS).parent


@pytest.fixture
def empty(empty_url):
    """An app on a database without tables, in its context."""
    with running_app(empty_url) as app, app.app_context():
        yield app


def tables():
    return set(inspect(db.engine).get_table_names())


def write_everything():
    """A row in every table, and what refers to what."""
    with transaction() as session:
        user = User(username="Ada", username_key="ada", email="a@b.example", email_key="a@b.example", role="admin",
                    display_name="Ada")  # fmt: skip
        user.sessions.append(LoginSession(refresh_jti="x", expires_at=utcnow()))
        post = Post(slug="x", title="X", status="published", published_at=utcnow())
        post.tags.append(Tag(name="T", name_key="t", slug="t"))
        user.posts.append(post)
        session.add(user)
        session.flush()
        session.add(IdempotencyKey(user_id=user.id, key="k", digest="0", status=201, headers=[], body=b"{}",
                                   expires_at=utcnow()))  # fmt: skip
        session.add(ApiToken(user_id=user.id, name="x", scopes="read", digest="0", expires_at=utcnow()))
        session.add(AuditEvent(action="x", detail="", address="", request_id="", expires_at=utcnow()))
        session.add(LoginFailures(key="0", failures=1, expires_at=utcnow()))
        session.add(LoginAddress(user_id=user.id, network="192.0.2.1", expires_at=utcnow()))
        session.add(OutboxMessage(kind="password_reset", recipient="a@b.example", expires_at=utcnow()))
        session.add(Confirmation(user_id=user.id, purpose="password_reset", email="a@b.example", message_id=1,
                                 digest="0", expires_at=utcnow()))  # fmt: skip
        session.add(ImportedFile(source="a.md", post_id=post.id, digest="0"))


def count_rows():
    with transaction() as session:
        return {
            table.name: len(session.execute(select(table)).all()) for table in Base.metadata.sorted_tables
        }


def test_there_and_back_and_there_again_with_data_in_every_table(empty):
    upgrade(MIGRATIONS)
    write_everything()
    assert set(count_rows().values()) == {1}
    upgrade(MIGRATIONS)
    assert set(count_rows().values()) == {1}
    downgrade(MIGRATIONS, "base")
    assert tables() <= {"alembic_version", "sqlite_sequence"}
    upgrade(MIGRATIONS)
    assert {name for name, rows in count_rows().items() if rows} == {"content_version"}
    write_everything()


# A new table whose rows are made of those of others.
MADE_OF_OTHERS = {"post_authors"}


def contents():
    """The rows of all tables of ours that there are, but for the number that every write raises."""
    ours = tables() & {table.name for table in Base.metadata.sorted_tables} - {"content_version"}
    with db.engine.connect() as connection:
        return {name: connection.execute(all_of(name)).mappings().all() for name in ours}


def all_of(name):
    return select(literal_column("*")).select_from(table(name))


def test_every_revision_goes_down_and_up_again_with_data_in_the_tables(empty):
    upgrade(MIGRATIONS)
    write_everything()
    for revision in ScriptDirectory(MIGRATIONS).walk_revisions():
        above, rows = (shape(), programs()), contents()
        downgrade(MIGRATIONS, "-1")
        below = shape(), programs()
        left = set(contents())
        upgrade(MIGRATIONS, "+1")
        assert (shape(), programs()) == above, revision
        # What a revision adds to the rows that it finds, it adds again.
        kept = left | MADE_OF_OTHERS
        assert contents() == {name: rows[name] if name in kept else [] for name in rows}, revision
        downgrade(MIGRATIONS, "-1")
        assert (shape(), programs()) == below, revision
    assert tables() <= {"alembic_version", "sqlite_sequence"}


def test_letters_that_the_code_of_then_does_not_know_go_with_their_revision(empty):
    upgrade(MIGRATIONS, "0015")
    with transaction() as session:
        for kind in ("email_change_asked", "email_changed"):
            session.add(OutboxMessage(kind=kind, recipient="a@b.example", expires_at=utcnow()))
    downgrade(MIGRATIONS, "0014")
    assert [row["kind"] for row in contents()["outbox"]] == ["email_changed"]
    upgrade(MIGRATIONS, "0015")
    assert [row["kind"] for row in contents()["outbox"]] == ["email_changed"]


def test_the_models_say_nothing_that_the_migrations_do_not(empty):
    upgrade(MIGRATIONS)
    check(MIGRATIONS)


# What the migrations alone make, for the search.
SEARCH = re.compile(r"search|ix_posts_search|posts_search(_\w+)?")


def shape():
    """All that the database knows of the tables of the models."""
    seen = inspect(db.engine)
    plain = re.compile(r"[\s()\"]|::\w+( varying)?(\[\])?")
    return {
        table: {
            "columns": {
                column["name"]: (
                    str(column["type"]),
                    column["nullable"],
                    plain.sub("", str(column["default"])),
                )
                for column in seen.get_columns(table)
                if not SEARCH.fullmatch(column["name"])
            },
            "primary key": seen.get_pk_constraint(table),
            "checks": {c["name"]: plain.sub("", c["sqltext"]) for c in seen.get_check_constraints(table)},
            "unique": {c["name"]: c["column_names"] for c in seen.get_unique_constraints(table)},
            "foreign keys": {
                c["name"]: (c["constrained_columns"], c["referred_table"], c["options"])
                for c in seen.get_foreign_keys(table)
            },
            "indexes": {
                i["name"]: (
                    i.get("expressions") or i["column_names"],
                    bool(i["unique"]),
                    {name: plain.sub("", str(value)) for name, value in i.get("dialect_options", {}).items()},
                )
                for i in seen.get_indexes(table)
                if not SEARCH.fullmatch(str(i["name"]))
            },
        }
        for table in tables() - {"alembic_version", "sqlite_sequence"}
        if not SEARCH.fullmatch(table)
    }


PROGRAMS = {
    "postgresql": """
        SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
    "sqlite": "SELECT sql FROM sqlite_master WHERE type IN ('trigger', 'view')",
}
UNFINISHED = """
    SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)
    UNION ALL SELECT conname FROM pg_constraint WHERE NOT convalidated
"""


def programs():
    """The triggers, functions and views of the database, as they are written."""
    with db.engine.connect() as connection:
        return sorted(connection.execute(text(PROGRAMS[db.engine.dialect.name])).scalars())


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_index_is_usable_and_every_constraint_holds_for_all_rows(empty):
    upgrade(MIGRATIONS)
    with db.engine.connect() as connection:
        assert connection.execute(text(UNFINISHED)).all() == []


def test_the_migrations_make_the_tables_of_the_models_constraint_by_constraint(empty):
    upgrade(MIGRATIONS)
    migrated = shape()
    downgrade(MIGRATIONS, "base")
    db.create_all()
    assert migrated == shape()
    db.drop_all()


def test_every_constraint_of_the_models_has_a_name_and_is_in_the_database(empty):
    upgrade(MIGRATIONS)
    seen = inspect(db.engine)
    for model in Base.metadata.sorted_tables:
        # SQLite does not tell the name of a primary key.
        there: set[str | None] = {str(model.primary_key.name)}
        for found in (
            seen.get_check_constraints,
            seen.get_unique_constraints,
            seen.get_foreign_keys,
            seen.get_indexes,
        ):
            there |= {one["name"] for one in found(model.name)}
        wanted = {str(one.name) for one in model.constraints} | {str(one.name) for one in model.indexes}
        assert "None" not in wanted
        assert wanted <= there, model.name


def test_foreign_keys_are_on_after_an_upgrade_and_nothing_is_left_locked(empty):
    upgrade(MIGRATIONS)
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect() as connection:
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
    else:
        with db.engine.connect() as connection:
            held = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            assert connection.execute(held).scalar() == 0
            # As the service sets it.
            assert connection.execute(text("SHOW lock_timeout")).scalar() == "10s"


def test_the_revisions_are_numbered_in_one_line():
    script = ScriptDirectory(MIGRATIONS)
    numbers = [revision.revision for revision in script.walk_revisions()][::-1]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")
        assert revision.doc


def test_an_upgrade_waits_for_another_one_longer_than_a_request_waits_for_a_lock(cluster):
    app = make_app(
        create_database(cluster, "blog_api_empty"), DB_LOCK_TIMEOUT="200", DB_STATEMENT_TIMEOUT="200"
    )
    other = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    with app.app_context(), other.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7203411)"))
        release = threading.Timer(0.8, connection.invalidate)
        release.start()
        upgrade(MIGRATIONS)
        release.join()
        assert "posts" in tables()
        db.engine.dispose()


# One process with the app loaded becomes eight, so that they really run at once.
EIGHT_UPGRADES = """
import os
from flask_migrate import upgrade
from wsgi import app

def run():
    if child := os.fork():
        return child
    try:
        with app.app_context():
            upgrade()
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(1)
    os._exit(0)

statuses = [os.waitpid(child, 0)[1] for child in [run() for _ in range(8)]]
raise SystemExit(any(statuses))
"""


def test_of_many_upgrades_at_once_all_succeed(empty_url, empty):
    settings = {
        "APP_ENV": "testing",
        "SECRET_KEY": SECRET,
        "DATABASE_URL": empty_url,
        "PYTHONPATH": str(PROJECT),
    }
    command = [sys.executable, "-c", EIGHT_UPGRADES]
    done = subprocess.run(
        command, cwd=PROJECT, env=os.environ | settings, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    write_everything()


def test_the_commands_answer(empty):
    runner = empty.test_cli_runner()
    for words in (["upgrade"], ["current"], ["check"], ["history"], ["downgrade", "base"], ["upgrade"]):
        result = runner.invoke(args=["db", *words])
        assert result.exit_code == 0, result.output


TITLE_OF = {
    "postgresql": "SELECT title FROM posts WHERE search @@ plainto_tsquery('simple', :tag)",
    "sqlite": "SELECT title FROM posts_search WHERE posts_search MATCH :tag",
}


def finds(word):
    path = f"/api/v1/posts?q={word}"
    page = current_app.test_client().get(path).json
    assert page is not None
    return [post["title"] for post in page["data"]]


def triggers() -> set[str]:
    names = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with db.engine.connect() as connection:
        return set(connection.execute(text(names[db.engine.dialect.name])).scalars())


OLD = """
INSERT INTO users (username, username_key, display_name, role, is_active) VALUES ('a', 'a', 'A', 'author', true);
INSERT INTO posts (slug, title, content, author_id, status, published_at)
    SELECT 'a', 'Old', 'About lighthouses.', id, 'published', '2020-01-01' FROM users;
INSERT INTO tags (name, name_key, slug) VALUES ('Sea', 'sea', 'sea');
INSERT INTO post_tags (post_id, tag_id) SELECT posts.id, tags.id FROM posts, tags
"""


def test_no_revision_loses_a_trigger_or_what_is_searched(empty):
    first, *later = [revision.revision for revision in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]
    upgrade(MIGRATIONS, first)
    with transaction() as session:
        for statement in OLD.split(";"):
            session.execute(text(statement))
    for revision in later:
        before = triggers()
        upgrade(MIGRATIONS, revision)
        assert triggers() >= before, revision
        if revision >= "0007":
            for title, tag in (("New words", "Lake"), ("Old", "Sea")):
                with transaction() as session:
                    session.execute(text("UPDATE posts SET title = :title"), {"title": title})
                    session.execute(text("UPDATE tags SET name = :tag"), {"tag": tag})
                with db.engine.connect() as connection:
                    assert connection.execute(text(TITLE_OF[db.engine.dialect.name]), {"tag": tag}).all() == [
                        (title,)
                    ]
    assert finds("lighthouses sea") == ["Old"]
    assert finds("lake") == []
