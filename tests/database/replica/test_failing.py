"""Tests of reads while the replica is down, frozen, outdated or slow."""

from __future__ import annotations

import contextlib
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from sqlalchemy import event, text

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import public
from blog_api.database.session import db
from tests.apps import add_blueprint
from tests.database.replica.helpers import log_in, service, titles, write
from tests.postgres import create_database, free_port, frozen
from tests.replication import wait_for_replica
from tests.slow_views import add_slow_views, assert_unavailable


def test_reads_fall_back_to_the_primary_until_the_replica_recovers(
    client, sent, replica_proxy, set_open_seconds, primary, standby, caplog
):
    write(client, log_in(client))
    wait_for_replica(primary, standby)
    assert titles(client) == ["Hello"]
    logging.getLogger("blog_api").addHandler(caplog.handler)
    attempts: list[object] = []
    with client.application.app_context():
        event.listen(db.engines["replica"], "do_connect", lambda *_: attempts.append(1))
    replica_proxy.close()
    set_open_seconds(60.0)
    sent[None].clear()
    assert [titles(client) for _ in range(5)] == [["Hello"]] * 5
    assert len(sent[None]) >= 5
    # At most one attempt, to replace the lost connection.
    assert len(attempts) <= 1
    set_open_seconds(0.0)
    client.application.extensions["replica"].trip()
    assert titles(client) == ["Hello"]
    replica_proxy.open()
    sent[None].clear()
    assert [titles(client) for _ in range(3)] == [["Hello"]] * 3
    assert sent[None] == []
    logging.getLogger("blog_api").removeHandler(caplog.handler)
    said = [record.getMessage() for record in caplog.records if record.name == "blog_api.database.replica"]
    assert said == ["the replica failed", "the replica failed", "the replica is available again"]


def test_concurrent_reads_succeed_while_the_replica_goes_up_and_down(
    client, replica_proxy, set_open_seconds, primary, standby
):
    write(client, log_in(client))
    wait_for_replica(primary, standby)
    set_open_seconds(0.05)
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
            replica_proxy.close()
            enough.wait(0.3)
            replica_proxy.open()
        enough.set()
    assert [reader.result() for reader in readers] == [{200}] * 6


def test_an_unresponsive_replica_is_skipped_after_its_connect_timeout(primary):
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as mute:
        url = f"postgresql://nobody@127.0.0.1:{mute.getsockname()[1]}/blog"
        with service(primary, url, DB_CONNECT_TIMEOUT="1") as client:
            assert titles(client) == titles(client) == []
            assert client.application.extensions["replica"].is_open


def test_a_replica_that_lacks_migrations_is_not_used(primary):
    with service(primary, create_database(primary, "empty")) as client:
        assert titles(client) == []
        assert client.application.extensions["replica"].is_open


def test_a_read_canceled_by_replication_runs_on_the_primary(primary, standby):
    with service(primary, standby) as client:
        blueprint = Blueprint("conflict", __name__)

        @blueprint.route("/conflict")
        @public
        @blueprint.returns(204)
        def conflict():
            raises = "RAISE EXCEPTION 'conflict with recovery' USING ERRCODE = '40001'"
            db.session.execute(text(f"DO $$ BEGIN IF pg_is_in_recovery() THEN {raises}; END IF; END $$"))

        add_blueprint(client.application, blueprint)
        assert client.get("/conflict").status_code == 204
        # The next statement can succeed, so the breaker stays closed.
        assert not client.application.extensions["replica"].is_open


def test_a_statement_timeout_is_not_retried_on_the_primary(primary, standby):
    with service(primary, standby, DB_STATEMENT_TIMEOUT="200") as client:
        add_slow_views(client.application)
        assert_unavailable(client.get("/slow"), "took too long")
        assert not client.application.extensions["replica"].is_open


def test_reads_succeed_while_the_replica_is_frozen(primary, standby):
    with service(primary, standby, REQUEST_DEADLINE="2") as client:
        assert titles(client) == []
        with frozen(standby):
            assert titles(client) == []
            assert client.application.extensions["replica"].is_open
            assert not client.application.extensions["breaker"].is_open
