"""Every revision goes up and down again, and nothing that was written before is lost."""

from __future__ import annotations

from datetime import timedelta

from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import literal_column, select, table

from blog_api.database.base import Base
from blog_api.database.columns import utcnow
from blog_api.database.session import db, transaction
from blog_api.models import ImportedFile, OutboxMessage, Post
from tests.apps import MIGRATIONS
from tests.migrations.helpers import programs, shape, tables, write_everything


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
    below = shape(), programs()
    for revision in ScriptDirectory(MIGRATIONS).walk_revisions():
        above, rows = below, contents()
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


def test_what_was_changed_since_its_import_is_known_and_files_of_no_post_go_with_their_revision(empty):
    upgrade(MIGRATIONS)
    write_everything()
    with transaction() as session:
        post = session.execute(select(Post)).scalar_one()
        for name, moment in (
            ("old.md", utcnow() - timedelta(days=1)),
            ("new.md", utcnow() + timedelta(days=1)),
        ):
            session.add(ImportedFile(source=name, post_id=post.id, digest="0", imported_at=moment))
        session.add(ImportedFile(source="purged.md", digest="0"))
    downgrade(MIGRATIONS, "0015")
    upgrade(MIGRATIONS)
    versions = {row["source"]: row["post_version"] for row in contents()["imported_files"]}
    assert versions == {"a.md": 1, "old.md": 0, "new.md": 1}
