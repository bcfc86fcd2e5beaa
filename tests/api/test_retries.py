"""Transactions are retried after deadlocks and serialization failures, and only then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import public
from blog_api.problems import Conflict
from tests.apps import add_blueprint, running_app
from tests.databases import on_one_database

ATTEMPTS = 3
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def make_tag(people):
    """Create the tag "flaky" and return the response."""
    editor = people("editor")
    return lambda: editor.post("/tags", {"name": "flaky"})


def tags(sql):
    return [name for (name,) in sql("SELECT name FROM tags ORDER BY name")]


@on_postgresql
@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_a_retryable_error_restarts_the_request(make_tag, sql, code):
    with sql.failing("tags", code, times=ATTEMPTS - 1) as count_attempts:
        assert make_tag().status_code == 201
        assert count_attempts() == ATTEMPTS
    assert tags(sql) == ["flaky"]


@on_postgresql
def test_the_last_failed_attempt_is_a_conflict_and_writes_nothing(make_tag, sql):
    with sql.failing("tags", "40001", times=ATTEMPTS + 1) as count_attempts:
        reply = make_tag()
        assert (reply.status_code, reply.json["type"]) == (409, "/problems/edit-conflict")
        assert count_attempts() == ATTEMPTS
    assert tags(sql) == []


@on_postgresql
@pytest.mark.parametrize(("code", "status"), [("23505", 409), ("57014", 503), ("XX000", 500)])
def test_other_database_errors_are_not_retried(make_tag, sql, code, status):
    with sql.failing("tags", code, times=ATTEMPTS) as count_attempts:
        assert make_tag().status_code == status
        assert count_attempts() == 1
    assert tags(sql) == []


@on_one_database
@pytest.mark.parametrize(("error", "status"), [(Conflict("x"), 409), (ZeroDivisionError(), 500)])
def test_application_errors_are_not_retried(database_url, error, status):
    runs = []
    blueprint = Blueprint("broken", __name__)

    @blueprint.route("/broken", methods=["POST"])
    @public
    @blueprint.returns(204)
    def fail():
        runs.append(True)
        raise error

    with running_app(database_url) as app:
        add_blueprint(app, blueprint)
        assert app.test_client().post("/broken").status_code == status
    assert len(runs) == 1


# Each of two inserts waits for the lock of the other, so that they deadlock.
CROSSING = """
    CREATE FUNCTION cross() RETURNS trigger LANGUAGE plpgsql AS '
    DECLARE
        other text := CASE NEW.slug WHEN ''a'' THEN ''b'' ELSE ''a'' END;
    BEGIN
        IF NEW.slug NOT IN (''a'', ''b'') THEN RETURN NEW; END IF;
        PERFORM pg_advisory_xact_lock(ascii(NEW.slug));
        IF nextval(''crossings'') <= 2 THEN
            WHILE (SELECT last_value FROM crossings) < 2 LOOP PERFORM pg_sleep(0.01); END LOOP;
        END IF;
        PERFORM pg_advisory_xact_lock(ascii(other));
        RETURN NEW;
    END'
"""


@on_postgresql
def test_two_deadlocked_requests_both_succeed(parallel, people, sql):
    editor = people("editor")
    sql("CREATE SEQUENCE crossings")
    sql(CROSSING)
    sql("CREATE TRIGGER crossing BEFORE INSERT ON tags FOR EACH ROW EXECUTE FUNCTION cross()")

    def make(name):
        return parallel.test_client().post("/api/v1/tags", json={"name": name}, headers=editor.headers)

    try:
        with ThreadPoolExecutor(2) as threads:
            assert [reply.status_code for reply in threads.map(make, "ab")] == [201, 201]
        # One of them ran twice.
        assert sql.one("SELECT last_value FROM crossings") == 3
    finally:
        sql("DROP FUNCTION cross CASCADE")
        sql("DROP SEQUENCE crossings")
    assert tags(sql) == ["a", "b"]
