"""The transaction, its retries, and the column types, on both databases."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask_migrate import upgrade
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import exc, func, insert, literal, select, text, update
from sqlalchemy.orm.exc import StaleDataError

from blog_api.api import ATTEMPTS, Blueprint
from blog_api.auth import public
from blog_api.database import UtcDateTime, db, is_postgresql, reading, release, transaction
from blog_api.models import LoginSession, Tag, User
from blog_api.problems import Conflict
from tests.conftest import MIGRATIONS, make_app

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MOMENTS = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.sampled_from(  # noqa: DTZ001 - hypothesis adds the zone
        [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12, minutes=-30))]
    )
)  # fmt: skip


def tag(name, **values):
    return Tag(name=name, name_key=name, slug=name, **values)


def names():
    with reading() as session:
        return sorted(session.execute(select(Tag.name)).scalars())


def write_and_raise(name, error):
    with transaction() as session:
        session.add(tag(name))
        session.flush()
        raise error


class Driver(Exception):
    """What psycopg2 raises."""

    def __init__(self, pgcode):
        super().__init__(pgcode)
        self.pgcode = pgcode


def failure(pgcode):
    return exc.OperationalError("UPDATE", {}, Driver(pgcode))


@pytest.fixture
def parallel(database_url):
    """An app with a pool that is large enough for threads."""
    app = make_app(database_url, DB_POOL_SIZE="10")
    yield app
    with app.app_context():
        db.engine.dispose()


def run(app, job, count):
    """Run the job in so many threads at once, each with its number, in a context of the app."""

    def work(number):
        with app.app_context():
            return job(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(work, range(count)))


def test_a_transaction_commits_at_its_end(app):
    with app.app_context():
        with transaction() as session:
            session.add(tag("kept"))
        assert names() == ["kept"]
        assert db.engine.pool.checkedout() == 0


@pytest.mark.parametrize("error", [RuntimeError, Conflict, KeyboardInterrupt])
def test_a_transaction_rolls_back_whatever_is_raised(app, error):
    with app.app_context():
        with pytest.raises(error):
            write_and_raise("gone", error)
        assert names() == []
        assert db.engine.pool.checkedout() == 0


def test_what_an_error_says_to_keep_is_kept(app):
    error = Conflict("x")
    error.writes_stand = True
    with app.app_context():
        with pytest.raises(Conflict):
            write_and_raise("kept", error)
        assert names() == ["kept"]


def test_a_savepoint_may_fail_alone(app):
    with app.app_context():
        with transaction() as session:
            session.add(tag("one"))
            session.flush()
            with pytest.raises(exc.IntegrityError), session.begin_nested():
                session.execute(insert(Tag).values(name="one", name_key="one", slug="one"))
            session.add(tag("two"))
        assert names() == ["one", "two"]


def test_release_gives_the_connection_back_and_the_next_statement_takes_one(app):
    with app.app_context(), transaction() as session:
        session.execute(text("SELECT 1"))
        assert db.engine.pool.checkedout() == 1
        release()
        assert db.engine.pool.checkedout() == 0
        session.add(tag("later"))
    with app.app_context():
        assert names() == ["later"]


def test_reading_sees_what_others_commit_meanwhile(parallel, app):
    with parallel.app_context(), reading() as session:
        assert session.execute(select(func.count(Tag.id))).scalar_one() == 0
        with app.app_context(), transaction() as other:
            other.add(tag("new"))
        assert session.execute(select(func.count(Tag.id))).scalar_one() == 1


def test_a_transaction_after_reading_is_one_again(app):
    with app.app_context():
        assert names() == []
        with pytest.raises(ZeroDivisionError):
            write_and_raise("gone", ZeroDivisionError)
        assert names() == []


@pytest.fixture
def flaky(database_url):
    """An app whose view writes a tag and then raises what is next in the list that comes with it."""
    app, errors = make_app(database_url), []
    blueprint = Blueprint("flaky", __name__)

    @blueprint.route("/flaky", methods=["POST"])
    @public
    @blueprint.gives(204)
    def flaky():
        with db.session.begin_nested():
            db.session.add(tag("flaky"))
        if errors:
            raise errors.pop(0)

    app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(blueprint)
    yield app, errors
    with app.app_context():
        db.engine.dispose()


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

    parallel.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(blueprint)
    statuses = run(
        parallel, lambda n: parallel.test_client().post(f"/crossing/{('ab', 'ba')[n]}").status_code, 2
    )
    assert statuses == [204, 204]
    with app.app_context(), reading() as session:
        assert list(session.execute(select(Tag.version)).scalars()) == [3, 3]


def test_of_overlapping_writes_of_one_object_none_is_lost_silently(parallel, app):
    with app.app_context(), transaction() as session:
        session.add(tag("counter", description="0"))

    def count_up(_number):
        done = 0
        for _ in range(15):
            with contextlib.suppress(StaleDataError):
                with transaction() as session:
                    row = session.execute(select(Tag)).scalar_one()
                    row.description = str(int(row.description) + 1)
                done += 1
        return done

    done = sum(run(parallel, count_up, 4))
    with app.app_context(), reading() as session:
        assert session.execute(select(Tag.description, Tag.version)).one() == (str(done), done + 1)
        # SQLite takes the lock at the beginning, so that there is nothing to lose.
        assert done == 60 or is_postgresql()


@pytest.fixture
def sqlite(tmp_path):
    """An app on a fresh SQLite database, with a pool that is large enough for threads."""
    app = make_app(f"sqlite:///{tmp_path / 'test.db'}", DB_POOL_SIZE="10")
    with app.app_context():
        upgrade(MIGRATIONS)
        yield app
        db.engine.dispose()


def test_sqlite_loses_no_update_that_was_computed_from_a_read(sqlite):
    with transaction() as session:
        session.add(tag("counter", description="0"))

    def count_up(_number):
        for _ in range(60):
            with transaction() as session:
                count = int(session.execute(select(Tag.description)).scalar_one())
                session.execute(update(Tag).values(description=str(count + 1)))

    run(sqlite, count_up, 4)
    with reading() as session:
        assert session.execute(select(Tag.description)).scalar_one() == "240"


def test_sqlite_keeps_foreign_keys_and_a_write_ahead_log(sqlite):
    with reading() as session:
        pragmas = [
            session.execute(text(f"PRAGMA {name}")).scalar() for name in ("foreign_keys", "journal_mode")
        ]
    assert pragmas == [1, "wal"]


@FUZZ
@given(MOMENTS)
def test_a_time_comes_back_as_the_same_moment_in_utc(app, moment):
    with app.app_context(), reading() as session:
        back = session.execute(select(literal(moment, UtcDateTime()))).scalar_one()
    assert back == moment
    assert back.tzinfo is UTC or back.utcoffset() == timedelta(0)


@FUZZ
@given(st.lists(MOMENTS | MOMENTS.map(lambda moment: moment.replace(microsecond=0)), max_size=12))
def test_times_are_stored_and_ordered_as_times(app, moments):
    with app.app_context():
        with transaction() as session:
            session.query(LoginSession).delete()
            session.query(User).delete()
            user = User(username="ada", username_key="ada", display_name="Ada", role="author")
            session.add(user)
            session.flush()
            for moment in moments:
                session.add(LoginSession(user_id=user.id, refresh_jti="x", expires_at=moment))
        with reading() as session:
            expires = select(LoginSession.expires_at).order_by(LoginSession.expires_at)
            assert list(session.execute(expires).scalars()) == sorted(moments)
            if moments:
                later = func.count().filter(LoginSession.expires_at > moments[0])
                assert session.execute(select(later)).scalar_one() == sum(m > moments[0] for m in moments)


def test_times_of_the_database_and_of_python_are_of_one_kind(app):
    before = datetime.now(UTC) - timedelta(seconds=2)
    with app.app_context(), transaction() as session:
        session.add(row := tag("now"))
        session.flush()
        session.refresh(row)
        after = datetime.now(UTC) + timedelta(seconds=2)
        assert before < row.created_at < after
        between = select(func.count()).where(Tag.created_at > before, Tag.created_at < after)
        assert session.execute(between).scalar_one() == 1


def test_a_time_without_an_offset_is_a_mistake(app):
    with app.app_context(), reading() as session, pytest.raises(exc.StatementError, match="offset"):
        session.execute(select(literal(datetime(2026, 1, 1), UtcDateTime())))  # noqa: DTZ001 - that is the mistake


def test_null_stays_null(app):
    with app.app_context(), reading() as session:
        assert session.execute(select(literal(None, UtcDateTime()))).scalar_one() is None
