"""Tests of reads on a real streaming replica."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url, text

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import public
from blog_api.database.session import db
from tests.apps import add_blueprint, running_app
from tests.cli.helpers import run_command
from tests.database.replica.helpers import ACCOUNT, log_in, titles, write
from tests.replication import run_sql, wait_for_replica


def test_only_anonymous_reads_use_the_replica(client, sent, primary, standby):
    headers = log_in(client)
    post = write(client, headers)
    wait_for_replica(primary, standby)
    assert sent["replica"] == []
    sent[None].clear()
    for path in ("", f"/{post['id']}", "/slug/hello"):
        assert client.get(f"/api/v1/posts{path}").status_code == 200
        assert client.head(f"/api/v1/posts{path}").status_code == 200
    assert client.get("/api/v1/posts/999999").status_code == 404
    assert client.get("/api/v1/tags").status_code == 200
    assert (len(sent["replica"]) >= 8, sent[None]) == (True, [])
    sent["replica"].clear()
    assert client.get("/api/v1/posts", headers=headers).status_code == 200
    assert client.get("/api/v1/users/me", headers=headers).status_code == 200
    assert client.get("/api/v1/users/me").status_code == 401
    assert client.get("/api/v1/posts", headers={"Authorization": "Bearer x"}).status_code == 401
    assert client.get("/health/ready").status_code == 200
    assert (
        client.patch(f"/api/v1/posts/{post['id']}", json={"title": "New"}, headers=headers).status_code == 200
    )
    assert (sent["replica"], len(sent[None]) > 6) == ([], True)


def test_a_path_with_a_secret_is_read_on_the_primary(client, sent):
    blueprint = Blueprint("secrets", __name__, url_prefix="/secrets", secret=True)

    @blueprint.route("/<string:secret>")
    @public
    @blueprint.returns(204)
    def read_secret(secret):
        db.session.execute(text("SELECT 1"))

    add_blueprint(client.application, blueprint)
    replies = [client.get("/secrets/secret") for _ in range(3)]
    assert [reply.headers["Cache-Control"] for reply in replies] == ["no-store"] * 3
    assert (len(sent[None]), sent["replica"]) == (3, [])


def test_authors_read_their_own_writes_while_the_replica_lags(client, primary, standby):
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


def test_a_cached_response_is_never_older_than_the_server_in_use(
    client, primary, standby, replica_proxy, set_open_seconds
):
    headers = log_in(client)
    write(client, headers, "Old")
    wait_for_replica(primary, standby)
    run_sql(standby, "SELECT pg_wal_replay_pause()")
    assert titles(client) == titles(client) == ["Old"]
    write(client, headers, "New")
    assert titles(client) == ["Old"]
    set_open_seconds(60.0)
    replica_proxy.close()
    assert titles(client) == titles(client) == ["New", "Old"]
    set_open_seconds(0.0)
    replica_proxy.open()
    client.application.extensions["replica"].trip()
    assert titles(client) == ["Old"]
    run_sql(standby, "SELECT pg_wal_replay_resume()")
    wait_for_replica(primary, standby)
    assert titles(client) == ["New", "Old"]


def test_health_ready_shows_admins_the_state_of_the_replica(client, replica_proxy, set_open_seconds):
    login = client.post("/api/v1/auth/login", json=ACCOUNT | {"username": "root"})
    admin = {"Authorization": f"Bearer {login.json['access_token']}"}
    titles(client)
    ready = client.get("/health/ready", headers=admin).json
    assert ready["pool"] == {"size": 8, "in_use": 1, "overflow": 0}
    assert ready["replica"] == {"size": 8, "in_use": 0, "overflow": 0, "failing": False}
    set_open_seconds(60.0)
    replica_proxy.close()
    titles(client)
    assert client.get("/health/ready", headers=admin).json["replica"]["failing"] is True
    assert client.get("/health/ready").json["status"] == "ok"


def test_a_url_with_both_servers_connects_to_the_writable_one(primary, standby):
    ports = ",".join(str(make_url(url).port) for url in (standby, primary))
    query = {"host": "127.0.0.1,localhost", "port": ports, "target_session_attrs": "read-write"}
    url = make_url(primary).set(host=None, port=None, query=query).render_as_string(hide_password=False)
    with running_app(url) as app:
        client = app.test_client()
        write(client, log_in(client, "eve"))
    run_sql(primary, "DELETE FROM posts; DELETE FROM users WHERE username = 'eve'")


def check_db(client):
    result = run_command(client.application, "check-db")
    assert result.exit_code == 0
    return result


def test_check_db_reports_the_lag_and_the_loss_of_the_replica(client, replica_proxy, primary, standby):
    # The server can write WAL of its own in between.
    for _ in range(20):
        wait_for_replica(primary, standby)
        if ", in sync" in check_db(client).stdout:
            break
    else:
        pytest.fail("the replica never catches up")
    replica, server = check_db(client).stdout.splitlines()[-2:]
    assert replica == f"replica     postgresql+psycopg2://postgres@127.0.0.1:{replica_proxy.port}/blog"
    assert server.startswith("server      PostgreSQL 1")
    assert check_db(client).stderr == ""
    run_sql(standby, "SELECT pg_wal_replay_pause()")
    write(client, log_in(client))
    assert " bytes behind" in check_db(client).stdout
    replica_proxy.close()
    assert "the replica is not responding" in check_db(client).stderr
