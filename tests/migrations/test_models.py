"""What the migrations make is what the models say, constraint by constraint."""

from __future__ import annotations

import pytest
from flask_migrate import check, downgrade, upgrade
from sqlalchemy import inspect, text

from blog_api.database.base import Base
from blog_api.database.session import db
from tests.apps import MIGRATIONS
from tests.migrations.helpers import shape


def test_the_models_say_nothing_that_the_migrations_do_not(empty):
    upgrade(MIGRATIONS)
    check(MIGRATIONS)


UNFINISHED = """
    SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready)
    UNION ALL SELECT conname FROM pg_constraint WHERE NOT convalidated
"""


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
