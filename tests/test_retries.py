"""What the database asks to repeat is repeated, and nothing else."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import exc, select, update

from blog_api.api.blueprint import ATTEMPTS, Blueprint
from blog_api.auth.access import public
from blog_api.database.dialects import is_postgresql
from blog_api.database.session import db, reading, transaction
from blog_api.models import Tag
from blog_api.problems import Conflict
from tests.apps import add_blueprint, in_threads, running_app


def tag(name, **values):
    return Tag(name=name, name_key=name, slug=name, **values)


def names():
    with reading() as session:
        return sorted(session.execute(select(Tag.name)).scalars())


class Driver(Exception):
    """What psycopg2 raises."""

    def __init__(self, pgcode):
        super().__init__(pgcode)
        self.pgcode = pgcode


def failure(pgcode):
    return exc.OperationalError("UPDATE", {}, Driver(pgcode))


@pytest.fixture
def flaky(database_url):
    """An app whose view writes a tag and then raises what is next in the list that comes with it."""
    errors: list[Exception] = []
    blueprint = Blueprint("flaky", __name__)

    @blueprint.route("/flaky", methods=["POST"])
    @public
    @blueprint.gives(204)
    def flaky():
        with db.session.begin_nested():
            db.session.add(tag("flaky"))
        if errors:
            raise errors.pop(0)

    with running_app(database_url) as app:
        add_blueprint(app, blueprint)
        yield app, errors


@pytest.mark.parametrize("pgcode", ["40001", "40P01"])
def test_what_the_database_asks_to_repeat_is_repeated_from_the_start(flaky, app, pgcode):
    other, errors = flaky
    errors += [failure(pgcode)] * (ATTEMPTS - 1)
    assert other.test_client().post("/flaky").status_code == 204
    assert errors == []
    with app.app_context():
        assert names() == ["flaky"]


def test_after_the_last_attempt_it_is_a_conflict_and_nothing_is_written(flaky, app):
    other, errors = flaky
    errors += [failure("40001")] * (ATTEMPTS + 1)
    reply = other.test_client().post("/flaky")
    assert (reply.status_code, reply.json["type"]) == (409, "/problems/edit-conflict")
    assert len(errors) == 1
    with app.app_context():
        assert names() == []


@pytest.mark.parametrize(
    "error", [failure("23505"), failure("57014"), Conflict("x"), ZeroDivisionError()], ids=repr
)
def test_nothing_else_is_repeated(flaky, error):
    other, errors = flaky
    errors += [error, error]
    assert other.test_client().post("/flaky").status_code in (409, 500, 503)
    assert len(errors) == 1


def test_two_requests_that_wait_for_each_other_both_get_through(parallel, app):
    """A deadlock on PostgreSQL; on SQLite the second one waits."""
    with app.app_context():
        with transaction() as session:
            session.add_all([tag("a"), tag("b")])
        on_postgresql = is_postgresql()
    both_hold_one, met = threading.Barrier(2), []
    blueprint = Blueprint("crossing", __name__)

    def add_one(name):
        db.session.execute(update(Tag).where(Tag.name == name).values(version=Tag.version + 1))

    @blueprint.route("/crossing/<string:order>", methods=["POST"])
    @public
    @blueprint.gives(204)
    def cross_tags(order):
        add_one(order[0])
        if on_postgresql and order not in met:
            met.append(order)
            both_hold_one.wait(5)
        add_one(order[1])

    add_blueprint(parallel, blueprint)
    statuses = in_threads(
        parallel, lambda n: parallel.test_client().post(f"/crossing/{('ab', 'ba')[n]}").status_code, 2
    )
    assert statuses == [204, 204]
    with app.app_context(), reading() as reader:
        assert list(reader.execute(select(Tag.version)).scalars()) == [3, 3]
