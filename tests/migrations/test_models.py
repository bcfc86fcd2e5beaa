"""Tests that the migrations match the models."""

from __future__ import annotations

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, text

from blog_api.database.base import Base
from blog_api.database.session import db
from tests.apps import MIGRATIONS
from tests.migrations.helpers import shape


def test_autogenerate_finds_no_difference_to_the_models(empty):
    upgrade(MIGRATIONS)
    check(MIGRATIONS)


UNFINISHED = """
    SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)
    UNION ALL SELECT conname FROM pg_constraint WHERE NOT convalidated
"""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_all_indexes_and_constraints_are_valid(empty):
    upgrade(MIGRATIONS)
    with db.engine.connect() as connection:
        assert connection.execute(text(UNFINISHED)).all() == []


def test_the_migrations_and_the_models_create_the_same_tables(empty):
    upgrade(MIGRATIONS)
    migrated = shape()
    downgrade(MIGRATIONS, "base")
    db.create_all()
    assert migrated == shape()
    db.drop_all()


def test_all_constraints_of_the_models_are_named_and_exist(empty):
    upgrade(MIGRATIONS)
    seen = inspect(db.engine)
    for model in Base.metadata.sorted_tables:
        # SQLite does not report the name of a primary key.
        existing: set[str | None] = {str(model.primary_key.name)}
        for found in (
            seen.get_check_constraints,
            seen.get_unique_constraints,
            seen.get_foreign_keys,
            seen.get_indexes,
        ):
            existing |= {one["name"] for one in found(model.name)}
        expected = {str(one.name) for one in model.constraints} | {str(one.name) for one in model.indexes}
        assert "None" not in expected
        assert expected <= existing, model.name
