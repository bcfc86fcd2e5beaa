"""What Prometheus is told of mail, which only the database knows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from blog_api.crud import outbox as crud
from blog_api.database import db, transaction, utcnow
from blog_api.models import OutboxMessage
from tests.apps import disconnect, make_app
from tests.postgres import free_port

TOKEN = "a-token-for-prometheus"


def mail(client):
    """The figures about mail, by name and state."""
    reply = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert reply.status_code == 200, reply.text
    lines = [line for line in reply.text.splitlines() if line.startswith("blog_outbox")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.fixture
def measured(make_client):
    return make_client(METRICS_TOKEN=TOKEN)


def test_mail_that_is_not_sent_is_told_with_its_age(app, measured):
    names = [
        f'blog_outbox_{name}{{state="{state}"}}'
        for name in ("messages", "oldest_seconds")
        for state in ("waiting", "failed")
    ]
    assert mail(measured) == dict.fromkeys(names, 0)
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
    told = mail(measured)
    assert [told[name] for name in names[:2]] == [2, 1]
    assert all(3600 <= told[name] < 3700 for name in names[2:])


def test_where_no_mail_is_sent_the_database_is_not_asked(make_client):
    assert mail(make_client(METRICS_TOKEN=TOKEN, APP_ENV="production")) == {}


def test_who_measures_takes_no_connection_that_others_wait_for(make_client):
    client = make_client(METRICS_TOKEN=TOKEN, DB_POOL_SIZE="1")
    with client.application.app_context():
        connection = db.engine.connect()
        assert mail(client) == {}
        connection.close()
    assert len(mail(client)) == 4


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_while_the_database_is_away_all_else_is_told(database_url):
    app = make_app(
        f"postgresql://nobody@127.0.0.1:{free_port()}/x", METRICS_TOKEN=TOKEN, REQUEST_DEADLINE="2"
    )
    client = app.test_client()
    for _ in range(2):
        assert mail(client) == {}
        assert (
            "blog_breaker_open" in client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
        )
    disconnect(app)
