"""Reads on a real streaming replica: who is served by it, what they see, and what happens when it fails."""

from __future__ import annotations

import contextlib
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import event, make_url, text

from blog_api import circuit_breaker
from blog_api.api import Blueprint
from blog_api.auth import public
from blog_api.database import db
from tests.apps import migrate, running_app
from tests.cli.helpers import run_command
from tests.postgres import FAST, create_database, free_port, frozen, throwaway_cluster
from tests.proxy import proxy
from tests.replication import run_sql, streaming_replica, wait_for_replica
from tests.slow_views import add_slow_views, assert_unavailable

ACCOUNT = {"username": "ada", "password": "correct horse battery"}


@pytest.fixture(scope="module")
def primary():
    """The address of a migrated database that is replicated."""
    with throwaway_cluster(FAST) as cluster:
        url = migrate(create_database(cluster, "blog"))
        admin = ["--username", "root", "--email", "root@example.com", "--password", ACCOUNT["password"]]
        with running_app(url) as app:
            assert run_command(app, "create-admin", *admin).exit_code == 0
        yield url


@pytest.fixture(scope="module")
def standby(primary):
    """The address of its replica."""
    with streaming_replica(primary) as url:
        yield url


@pytest.fixture
def way(standby):
    """The way to the replica, which can be closed."""
    with proxy(make_url(standby).port or 0) as made:
        yield made


@contextlib.contextmanager
def service(primary, replica, **settings):
    """A client of an app on these two."""
    with running_app(primary, DATABASE_REPLICA_URL=replica, DB_POOL_SIZE="8", **settings) as app:
        yield app.test_client()


@pytest.fixture
def client(primary, standby, way):
    """A client of the service, whose replica is reached by `way`."""
    url = make_url(standby).set(port=way.port).render_as_string(hide_password=False)
    with service(primary, url) as made:
        yield made
    run_sql(standby, "SELECT pg_wal_replay_resume()")
    run_sql(primary, "DELETE FROM posts; DELETE FROM users WHERE username <> 'root'")
    wait_for_replica(primary, standby)


@pytest.fixture
def asked(client):
    """What was asked on the primary, and on the replica."""
    statements: dict[str | None, list[str]] = {None: [], "replica": []}

    def notes(name):
        return lambda _connection, _cursor, statement, *_rest: statements[name].append(statement)

    with client.application.app_context():
        for name, engine in db.engines.items():
            event.listen(engine, "before_cursor_execute", notes(name))
    return statements


@pytest.fixture
def rest(monkeypatch):
    """Sets how many seconds a replica that failed is left alone."""
    return lambda seconds: monkeypatch.setattr(circuit_breaker, "SECONDS_OF_REST", seconds)


def log_in(client, name="ada"):
    """The headers of somebody who can write."""
    account = ACCOUNT | {"username": name}
    assert (
        client.post("/api/v1/auth/register", json=account | {"email": f"{name}@b.example"}).status_code == 201
    )
    reply = client.post("/api/v1/auth/login", json=account)
    return {"Authorization": f"Bearer {reply.json['access_token']}"}


def write(client, headers, title="Hello"):
    post = {"title": title, "content": "Text.", "status": "published"}
    reply = client.post("/api/v1/posts", json=post, headers=headers)
    assert reply.status_code == 201, reply.text
    return reply.json


def titles(client, **options):
    reply = client.get("/api/v1/posts", **options)
    assert reply.status_code == 200, reply.text
    return [post["title"] for post in reply.json["data"]]


def test_who_sends_no_token_is_served_by_the_replica_and_all_else_by_the_primary(
    client, asked, primary, standby
):
    headers = log_in(client)
    post = write(client, headers)
    wait_for_replica(primary, standby)
    assert asked["replica"] == []
    asked[None].clear()
    for path in ("", f"/{post['id']}", "/slug/hello"):
        assert client.get(f"/api/v1/posts{path}").status_code == 200
        assert client.head(f"/api/v1/posts{path}").status_code == 200
    assert client.get("/api/v1/posts/999999").status_code == 404
    assert client.get("/api/v1/tags").status_code == 200
    assert (len(asked["replica"]) >= 8, asked[None]) == (True, [])
    asked["replica"].clear()
    assert client.get("/api/v1/posts", headers=headers).status_code == 200
    assert client.get("/api/v1/users/me", headers=headers).status_code == 200
    assert client.get("/api/v1/users/me").status_code == 401
    assert client.get("/api/v1/posts", headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/health/ready").status_code == 200
    assert (
        client.patch(f"/api/v1/posts/{post['id']}", json={"title": "New"}, headers=headers).status_code == 200
    )
    assert (asked["replica"], len(asked[None]) > 6) == ([], True)


def test_who_writes_reads_their_write_and_others_see_it_when_the_replica_has_it(client, primary, standby):
    headers = log_in(client)
    write(client, headers, "Old")
    wait_for_replica(primary, standby)
    run_sql(standby, "SELECT pg_wal_replay_pause()")
    write(client, headers, "New")
    assert titles(client, headers=headers) == ["New", "Old"]
    assert titles(client) == ["Old"]
    run_sql(standby, "SELECT pg_wal_replay_resume()")
    wait_for_replica(primary, standby)
    assert titles(client) == ["New", "Old"]


def test_a_reply_that_is_kept_is_never_older_than_the_server_that_is_asked(
    client, primary, standby, way, rest
):
    headers = log_in(client)
    write(client, headers, "Old")
    wait_for_replica(primary, standby)
    run_sql(standby, "SELECT pg_wal_replay_pause()")
    assert titles(client) == titles(client) == ["Old"]
    write(client, headers, "New")
    assert titles(client) == ["Old"]
    rest(60.0)
    way.close()
    assert titles(client) == titles(client) == ["New", "Old"]
    rest(0.0)
    way.open()
    client.application.extensions["replica"].trip()
    assert titles(client) == ["Old"]
    run_sql(standby, "SELECT pg_wal_replay_resume()")
    wait_for_replica(primary, standby)
    assert titles(client) == ["New", "Old"]


def test_a_replica_that_dies_costs_nobody_a_reply_is_left_alone_and_serves_again_when_it_lives(
    client, asked, way, rest, primary, standby, caplog
):
    write(client, log_in(client))
    wait_for_replica(primary, standby)
    assert titles(client) == ["Hello"]
    logging.getLogger("blog_api").addHandler(caplog.handler)
    attempts: list[object] = []
    with client.application.app_context():
        event.listen(db.engines["replica"], "do_connect", lambda *_: attempts.append(1))
    way.close()
    rest(60.0)
    asked[None].clear()
    assert [titles(client) for _ in range(5)] == [["Hello"]] * 5
    assert len(asked[None]) >= 5
    # The connection that broke, and none after it.
    assert len(attempts) <= 1
    rest(0.0)
    client.application.extensions["replica"].trip()
    assert titles(client) == ["Hello"]
    way.open()
    asked[None].clear()
    assert [titles(client) for _ in range(3)] == [["Hello"]] * 3
    assert asked[None] == []
    logging.getLogger("blog_api").removeHandler(caplog.handler)
    said = [record.getMessage() for record in caplog.records if record.name == "blog_api.replica"]
    assert said == ["the replica failed", "the replica failed", "the replica answers again"]


def test_of_many_readers_none_notices_that_the_replica_comes_and_goes(client, way, rest, primary, standby):
    write(client, log_in(client))
    wait_for_replica(primary, standby)
    rest(0.05)
    enough = Event()

    def keep_reading(_number):
        statuses = set()
        while not enough.is_set():
            statuses.add(client.application.test_client().get("/api/v1/posts").status_code)
        return statuses

    with ThreadPoolExecutor(6) as threads:
        readers = [threads.submit(keep_reading, number) for number in range(6)]
        for _ in range(4):
            enough.wait(0.3)
            way.close()
            enough.wait(0.3)
            way.open()
        enough.set()
    assert [reader.result() for reader in readers] == [{200}] * 6


def test_a_replica_that_says_nothing_is_given_up_after_its_connect_timeout(primary):
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as mute:
        url = f"postgresql://nobody@127.0.0.1:{mute.getsockname()[1]}/blog"
        with service(primary, url, DB_CONNECT_TIMEOUT="1") as client:
            assert titles(client) == titles(client) == []
            assert client.application.extensions["replica"].is_open


def test_a_replica_that_is_behind_in_its_migrations_is_no_replica_yet(primary):
    with service(primary, create_database(primary, "empty")) as client:
        assert titles(client) == []
        assert client.application.extensions["replica"].is_open


def test_a_read_that_stands_in_the_way_of_replication_is_done_on_the_primary(primary, standby):
    with service(primary, standby) as client:
        blueprint = Blueprint("conflict", __name__)

        @blueprint.route("/conflict")
        @public
        @blueprint.gives(204)
        def conflict():
            raises = "RAISE EXCEPTION 'conflict with recovery' USING ERRCODE = '40001'"
            db.session.execute(text(f"DO $$ BEGIN IF pg_is_in_recovery() THEN {raises}; END IF; END $$"))

        client.application.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(blueprint)
        assert client.get("/conflict").status_code == 204
        # The next one may go well.
        assert not client.application.extensions["replica"].is_open


def test_a_statement_that_takes_too_long_is_not_tried_on_the_primary_too(primary, standby):
    with service(primary, standby, DB_STATEMENT_TIMEOUT="200") as client:
        add_slow_views(client.application)
        assert_unavailable(client.get("/slow"), "took too long")
        assert not client.application.extensions["replica"].is_open


def test_an_admin_is_told_how_the_replica_stands(client, way, rest):
    login = client.post("/api/v1/auth/login", json=ACCOUNT | {"username": "root"})
    admin = {"Authorization": f"Bearer {login.json['access_token']}"}
    titles(client)
    ready = client.get("/health/ready", headers=admin).json
    assert ready["pool"] == {"size": 8, "in_use": 1, "overflow": 0}
    assert ready["replica"] == {"size": 8, "in_use": 0, "overflow": 0, "failing": False}
    rest(60.0)
    way.close()
    titles(client)
    assert client.get("/health/ready", headers=admin).json["replica"]["failing"] is True
    assert client.get("/health/ready").json == {"status": "ok"}


def check_db(client):
    result = run_command(client.application, "check-db")
    assert result.exit_code == 0
    return result


def test_check_db_says_how_far_behind_the_replica_is_and_that_it_is_away(client, way, primary, standby):
    # The server itself may write a little in between.
    for _ in range(20):
        wait_for_replica(primary, standby)
        if ", nothing behind" in check_db(client).stdout:
            break
    else:
        pytest.fail("it is always behind")
    replica, server = check_db(client).stdout.splitlines()[-2:]
    assert replica == f"replica     postgresql+psycopg2://postgres@127.0.0.1:{way.port}/blog"
    assert server.startswith("server      PostgreSQL 1")
    assert check_db(client).stderr == ""
    run_sql(standby, "SELECT pg_wal_replay_pause()")
    write(client, log_in(client))
    assert " bytes behind" in check_db(client).stdout
    way.close()
    assert "the replica does not answer" in check_db(client).stderr


def test_of_a_frozen_replica_readers_notice_nothing(primary, standby):
    with service(primary, standby, REQUEST_DEADLINE="2") as client:
        assert titles(client) == []
        with frozen(standby):
            assert titles(client) == []
            assert client.application.extensions["replica"].is_open
            assert not client.application.extensions["breaker"].is_open
