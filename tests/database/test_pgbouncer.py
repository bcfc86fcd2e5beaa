"""Tests of the service behind a real PgBouncer in transaction mode, with two server connections."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask_migrate import downgrade
from sqlalchemy import create_engine, make_url, text

from blog_api.database.session import db, reading, transaction
from tests.apps import MIGRATIONS, make_app, migrate, running_app
from tests.cli.helpers import run_command
from tests.http import ask
from tests.migrations.concurrent_upgrades import run_eight_upgrades
from tests.pgbouncer import SERVER_CONNECTIONS, pgbouncer
from tests.postgres import create_database
from tests.service import launch
from tests.slow_views import add_slow_views, assert_unavailable

ROLE = "blog_api_pooled"
LIMITS = {"DB_STATEMENT_TIMEOUT": "1500", "DB_LOCK_TIMEOUT": "2500", "DB_IDLE_TRANSACTION_TIMEOUT": "3500"}
ALL_LIMITS = """
    SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
        current_setting('idle_in_transaction_session_timeout')
"""


@pytest.fixture(scope="module")
def admin(cluster):
    """A function that runs SQL directly on the server as superuser, and returns the rows."""
    engine = create_engine(cluster, isolation_level="AUTOCOMMIT")

    def run(sql):
        with engine.connect() as connection:
            result = connection.execute(text(sql))
            return result.all() if result.returns_rows else []

    yield run
    engine.dispose()


@pytest.fixture(scope="module")
def server(cluster, admin):
    """The direct URL of a migrated database with its own owner role."""
    url = make_url(create_database(cluster, ROLE))
    admin(f"DROP ROLE IF EXISTS {ROLE}")
    admin(f"CREATE ROLE {ROLE} LOGIN PASSWORD 'hush-hush'")
    admin(f"ALTER DATABASE {ROLE} OWNER TO {ROLE}")
    yield migrate(url.set(username=ROLE, password="hush-hush").render_as_string(hide_password=False))
    admin(f"DROP DATABASE {ROLE} WITH (FORCE)")
    admin(f"DROP ROLE {ROLE}")


@pytest.fixture
def pooled(server):
    """The URL of the same database through PgBouncer."""
    with pgbouncer(server) as url:
        yield url


@contextlib.contextmanager
def client_of(url, **settings):
    """Yield a client of an app on this database, with slow views."""
    with running_app(url, **{"DATABASE_POOLED": "true", "DB_POOL_SIZE": "8", **settings}) as app:
        add_slow_views(app)
        yield app.test_client()


def test_an_undeclared_pooler_rejects_the_timeouts_with_the_reason(pooled):
    with client_of(pooled, DATABASE_POOLED="false", **LIMITS) as client:
        assert_unavailable(client.get("/api/v1/posts"), "is not responding")
        result = run_command(client.application, "check-db")
    assert result.exit_code == 1
    assert "unsupported startup parameter: options" in result.stderr
    assert "DATABASE_POOLED=true" in result.stderr


def test_timeouts_apply_to_transactions_and_do_not_leak(pooled):
    with client_of(pooled, **LIMITS) as client, client.application.app_context():
        for _ in range(2):
            with transaction() as session:
                assert session.execute(text(ALL_LIMITS)).one() == ("1500ms", "2500ms", "3500ms")
            with reading() as session:
                assert session.execute(text(ALL_LIMITS)).one() == ("0", "0", "0")


def test_a_statement_timeout_returns_503(pooled):
    with client_of(pooled, DB_STATEMENT_TIMEOUT="200") as client:
        assert_unavailable(client.post("/slow"), "took too long")
        assert client.get("/api/v1/posts").status_code == 200


def test_an_idle_transaction_is_terminated_and_returns_503(pooled):
    with client_of(pooled, DB_IDLE_TRANSACTION_TIMEOUT="200") as client:
        assert_unavailable(client.post("/idle"), "is not responding")
        assert client.get("/api/v1/tags").json["data"] == []


def test_reads_use_the_timeouts_of_the_role_and_check_db_warns_without_them(server, pooled, admin):
    warning = f"ALTER ROLE {ROLE} SET statement_timeout = '1.5s'"
    with client_of(pooled, **LIMITS) as client:
        result = run_command(client.application, "check-db")
    assert (result.exit_code, warning in result.stderr) == (0, True)
    assert "timeouts    statement none, lock none, idle in transaction none (reads" in result.stdout
    # The fix from the documentation, which applies to new connections of the role.
    admin(f"ALTER ROLE {ROLE} SET statement_timeout = '200ms'")
    try:
        with pgbouncer(server) as url, client_of(url, **LIMITS) as client:
            assert_unavailable(client.get("/slow"), "took too long")
            result = run_command(client.application, "check-db")
            assert result.stderr == ""
            assert "timeouts    statement 0.2 s, " in result.stdout
    finally:
        admin(f"ALTER ROLE {ROLE} RESET statement_timeout")


def test_clients_share_connections_without_sharing_the_time_zone(pooled):
    other = create_engine(pooled)
    look = text("SELECT current_setting('TimeZone'), pg_backend_pid()")

    def show_session(number):
        with client.application.app_context():
            if number % 3 == 0:
                with other.connect() as connection:
                    connection.execute(text("SET TIME ZONE 'Asia/Tokyo'"))
                    return connection.execute(look).one()
            with transaction() if number % 3 == 1 else reading() as session:
                return session.execute(look).one()

    with client_of(pooled) as client, ThreadPoolExecutor(8) as threads:
        zones, servers = zip(*threads.map(show_session, range(90)), strict=True)
    other.dispose()
    assert set(zones[0::3]) == {"Asia/Tokyo"}
    assert set(zones[1::3] + zones[2::3]) == {"UTC"}
    assert len(set(servers)) <= SERVER_CONNECTIONS


def test_the_service_runs_behind_pgbouncer(pooled):
    settings = {"DATABASE_POOLED": "true", "MIGRATE_ON_START": "true", "DB_POOL_PRE_PING": "true", **LIMITS}
    account = {"username": "ada", "password": "correct horse battery"}
    with launch(pooled, **settings) as service:
        made = ask(service.url, "POST", "/api/v1/auth/register", account | {"email": "a@b.example"})
        assert made.status == 201
        token = ask(service.url, "POST", "/api/v1/auth/login", account).json["access_token"]
        post = {"title": "Hello", "content": "Text.", "status": "published", "tags": ["b", "a"]}
        with ThreadPoolExecutor(16) as threads:
            replies = list(
                threads.map(lambda _: ask(service.url, "POST", "/api/v1/posts", post, token=token), range(32))
            )
            pages = list(threads.map(lambda _: ask(service.url, "GET", "/api/v1/posts"), range(32)))
        assert [reply.status for reply in replies] == [201] * 32
        assert len({reply.json["slug"] for reply in replies}) == 32
        assert {(page.status, len(page.json["data"])) for page in pages} == {(200, 20)}
        assert "Traceback" not in service.read_output()


def test_concurrent_upgrades_succeed_and_leave_no_locks_or_timeouts(pooled, admin):
    app = make_app(pooled, DATABASE_POOLED="true", **LIMITS)
    with app.app_context():
        downgrade(MIGRATIONS, "base")
        db.engine.dispose()
    run_eight_upgrades(pooled, DATABASE_POOLED="true", **LIMITS)
    assert admin("SELECT * FROM pg_locks WHERE locktype = 'advisory'") == []
    with app.app_context():
        for _ in range(4):
            with reading() as session:
                assert session.execute(text(ALL_LIMITS)).one() == ("0", "0", "0")
        db.engine.dispose()
