"""Tests of upgrades and downgrades with data."""

from __future__ import annotations

from datetime import timedelta

from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import insert, literal_column, select, table

from blog_api.database.base import Base
from blog_api.database.columns import utcnow
from blog_api.database.session import db, transaction
from blog_api.models.imports import ImportedFile
from blog_api.models.outbox import OutboxMessage
from blog_api.models.posts import Post
from tests.apps import MIGRATIONS
from tests.migrations.helpers import fill_all_tables, programs, shape, tables


def count_rows():
    with transaction() as session:
        return {
            table.name: len(session.execute(select(table)).all()) for table in Base.metadata.sorted_tables
        }


def test_upgrade_and_downgrade_with_data_in_every_table(empty):
    upgrade(MIGRATIONS)
    fill_all_tables()
    assert set(count_rows().values()) == {1}
    upgrade(MIGRATIONS)
    assert set(count_rows().values()) == {1}
    downgrade(MIGRATIONS, "base")
    assert tables() <= {"alembic_version", "sqlite_sequence"}
    upgrade(MIGRATIONS)
    assert {name for name, rows in count_rows().items() if rows} == {"content_version"}
    fill_all_tables()


# Tables whose rows the upgrade derives from other tables.
DERIVED = {"post_authors", "post_slugs", "tag_slugs", "usernames"}


def contents():
    """Return the rows of all existing tables.

    Without the content version, which every write raises, and the state of the feed, which begins with the upgrade.
    """
    changing = {"content_version", "change_feed"}
    ours = tables() & {table.name for table in Base.metadata.sorted_tables} - changing
    with db.engine.connect() as connection:
        return {name: connection.execute(all_of(name)).mappings().all() for name in ours}


def all_of(name):
    return select(literal_column("*")).select_from(table(name))


def test_every_revision_can_be_reverted_and_reapplied_with_data(empty):
    upgrade(MIGRATIONS)
    fill_all_tables()
    below = shape(), programs()
    for revision in ScriptDirectory(MIGRATIONS).walk_revisions():
        above, rows = below, contents()
        downgrade(MIGRATIONS, "-1")
        below = shape(), programs()
        left = set(contents())
        upgrade(MIGRATIONS, "+1")
        assert (shape(), programs()) == above, revision
        # The upgrade adds its columns to existing rows again.
        kept = left | DERIVED
        assert contents() == {name: rows[name] if name in kept else [] for name in rows}, revision
        downgrade(MIGRATIONS, "-1")
        assert (shape(), programs()) == below, revision
    assert tables() <= {"alembic_version", "sqlite_sequence"}


def test_downgrading_removes_messages_of_an_unknown_kind(empty):
    upgrade(MIGRATIONS, "0015")
    with transaction() as session:
        for kind in ("email_change_asked", "email_changed"):
            # Only the columns of that revision.
            message = {"kind": kind, "recipient": "a@b.example", "expires_at": utcnow()}
            session.execute(insert(OutboxMessage).values(message))
    downgrade(MIGRATIONS, "0014")
    assert [row["kind"] for row in contents()["outbox"]] == ["email_changed"]
    upgrade(MIGRATIONS, "0015")
    assert [row["kind"] for row in contents()["outbox"]] == ["email_changed"]


def test_upgrading_detects_posts_changed_since_their_import(empty):
    upgrade(MIGRATIONS)
    fill_all_tables()
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
