"""Commands that must not overlap."""

from __future__ import annotations

import pytest
from sqlalchemy import QueuePool

from blog_api.database.exclusive import exclusive
from blog_api.database.session import db, transaction
from blog_api.models.tags import Tag
from blog_api.problems import Conflict


def test_only_one_block_runs_at_a_time(app):
    with app.app_context():
        for _ in range(2):
            with exclusive(), pytest.raises(Conflict, match="is running on this database"), exclusive():
                pytest.fail("both blocks are running")


def test_the_lock_ends_with_an_error(app):
    with app.app_context():
        with pytest.raises(ZeroDivisionError), exclusive():
            raise ZeroDivisionError
        with exclusive():
            pass


def test_the_holder_writes_and_needs_no_connection_of_the_pool(app):
    with app.app_context(), exclusive():
        assert isinstance(db.engine.pool, QueuePool)
        assert db.engine.pool.checkedout() == 0
        for name in ("one", "two"):
            with transaction():
                db.session.add(Tag(name=name, name_key=name, slug=name))
