"""Metrics of the mail backlog, which come from the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import make_url, update

from blog_api.blueprints import metrics
from blog_api.crud import outbox as crud
from blog_api.database.columns import utcnow
from blog_api.database.servers import pool_status
from blog_api.database.session import db, transaction
from blog_api.models.outbox import OutboxMessage
from tests.apps import disconnect, make_app, running_app
from tests.postgres import free_port
from tests.proxy import proxy
from tests.waiting import wait_until

TOKEN = "a-token-for-prometheus"


def read_metrics(client, prefix):
    """Return the metrics whose names have this prefix, by name and state."""
    reply = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert reply.status_code == 200, reply.text
    lines = [line for line in reply.text.splitlines() if line.startswith(prefix)]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def read_mail_metrics(client):
    return read_metrics(client, "blog_outbox")


def read_database_up(client):
    """Return 1 if the database responded, 0 if it did not, and None if it was not queried."""
    return read_metrics(client, "blog_database_up").get("blog_database_up")


@pytest.fixture
def metrics_client(make_client):
    return make_client(METRICS_TOKEN=TOKEN)


def test_unsent_mail_is_reported_with_its_age(app, metrics_client):
    names = [
        f'blog_outbox_{name}{{state="{state}"}}'
        for name in ("messages", "oldest_seconds")
        for state in ("waiting", "failed")
    ]
    assert read_mail_metrics(metrics_client) == dict.fromkeys(names, 0)
    hour_ago = utcnow() - timedelta(hours=1)
    with app.app_context(), transaction() as session:
        for name in ("waits", "waits-long", "failed", "sent", "dropped", "expired"):
            crud.add_message("email_changed", f"{name}@example.com")
        changed: dict[str, dict] = {
            "waits-long": {"created_at": hour_ago},
            "failed": {"state": "failed", "created_at": hour_ago},
            "sent": {"state": "sent", "created_at": hour_ago},
            "dropped": {"state": "dropped", "created_at": hour_ago},
            "expired": {"created_at": hour_ago, "expires_at": utcnow()},
        }
        for name, changes in changed.items():
            one = update(OutboxMessage).where(OutboxMessage.recipient == f"{name}@example.com")
            session.execute(one.values(changes))
    values = read_mail_metrics(metrics_client)
    assert [values[name] for name in names[:2]] == [2, 1]
    assert all(3600 <= values[name] < 3700 for name in names[2:])


def test_without_mail_settings_no_mail_is_reported(make_client):
    client = make_client(METRICS_TOKEN=TOKEN, APP_ENV="production")
    assert (read_mail_metrics(client), read_database_up(client)) == ({}, 1)


def test_the_age_of_the_oldest_change_is_reported(metrics_client, people, sql):
    name = "blog_changes_oldest_seconds"
    assert read_metrics(metrics_client, name) == {name: 0}
    people().write()
    sql("UPDATE changes SET at = :at", at=utcnow() - timedelta(minutes=1))
    assert 60 <= read_metrics(metrics_client, name)[name] < 70


def test_a_scrape_does_not_take_a_connection_others_are_waiting_for(make_client):
    client = make_client(METRICS_TOKEN=TOKEN, DB_POOL_SIZE="1")
    with client.application.app_context():
        connection = db.engine.connect()
        assert (read_mail_metrics(client), read_database_up(client)) == ({}, None)
        connection.close()
    assert (len(read_mail_metrics(client)), read_database_up(client)) == (4, 1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_other_metrics_are_reported_while_the_database_is_down(database_url):
    app = make_app(
        f"postgresql://nobody@127.0.0.1:{free_port()}/x", METRICS_TOKEN=TOKEN, REQUEST_DEADLINE="2"
    )
    client = app.test_client()
    for _ in range(2):
        assert (read_mail_metrics(client), read_database_up(client)) == ({}, 0)
        assert read_metrics(client, "blog_breaker_open") != {}
    disconnect(app)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_hanging_database_does_not_block_a_scrape_until_the_deadline(database_url, app, monkeypatch):
    monkeypatch.setattr(metrics, "QUERY_TIMEOUT", 0.1)
    url = make_url(database_url)
    with (
        proxy(url.port or 0) as way,
        running_app(
            url.set(port=way.port).render_as_string(hide_password=False),
            METRICS_TOKEN=TOKEN,
            REQUEST_DEADLINE="30",
        ) as slow,
    ):
        client = slow.test_client()
        wait_until(lambda: read_database_up(client) == 1)
        way.swallows = True
        # Neither scrape holds a connection until the deadline.
        for _ in range(2):
            assert (read_mail_metrics(client), read_database_up(client)) == ({}, 0)
        with slow.app_context():
            assert pool_status(db.engine)["in_use"] == 0
        way.close()
        way.open()
        way.swallows = False
        wait_until(lambda: (read_database_up(client), len(read_mail_metrics(client))) == (1, 4))
