"""Tests of the parts of docs/database.md about connections, replicas, migrations and search."""

from __future__ import annotations

import json

import pytest
from flask_migrate import upgrade
from sqlalchemy import event

from blog_api.database import connections
from blog_api.database.session import db
from blog_api.text.search import parse_query
from tests.apps import MIGRATIONS, running_app
from tests.database_page import PAGE, blocks, is_of_migrations, missing, recorded, statements_of, unsent

SESSIONS, POOL = "Sessions and transactions", "Connection pool and timeouts"
NEON, REPLICA = "Neon and PgBouncer", "Read replica"
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ADA = {"username": "ada", "email": "ada@example.com", "password": "correct horse battery"}


def sent_by(app, job):
    """Run `job` in an app context, and return the statements sent."""
    with app.app_context(), recorded(db.engine) as statements:
        job()
    return statements


@ON_POSTGRESQL
def test_a_new_connection_a_write_and_a_ping(app, database_url, monkeypatch):
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    with running_app(database_url, APP_ENV="development") as other:

        def register_and_read():
            client = other.test_client()
            client.post("/api/v1/auth/register", json=ADA)
            client.get("/api/v1/posts")

        sent = sent_by(other, register_and_read)
        limits = other.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"]["options"]
    assert missing([*blocks(SESSIONS), *blocks(POOL)[:2]], sent) == []
    assert blocks(POOL, "") == [f"options={limits}\n"]


@ON_SQLITE
def test_sqlite_settings(app, database_url):
    sent: list[str] = []
    with running_app(database_url) as other, other.app_context():
        event.listen(
            db.engine, "connect", lambda driver, _: driver.set_trace_callback(sent.append), insert=True
        )
        other.test_client().post("/api/v1/auth/register", json=ADA)
    assert missing(blocks(POOL)[2:], sent) == []


@ON_POSTGRESQL
def test_the_state_of_the_pools(make_client, people, database_url):
    (alone,) = [line for line in PAGE.splitlines() if line.startswith('{"pool":{')]
    (with_replica,) = blocks(REPLICA, "json")
    headers = people("admin").headers
    for printed, replica in ((alone, ""), (with_replica, database_url)):
        client = make_client(DATABASE_REPLICA_URL=replica)
        assert shape(client.get("/health/ready", headers=headers).json) == shape(json.loads(printed))


def shape(value):
    return {name: shape(inner) for name, inner in value.items()} if isinstance(value, dict) else type(value)


@ON_POSTGRESQL
def test_behind_a_pooler(app, database_url):
    with running_app(database_url, APP_ENV="development", DATABASE_POOLED="true") as pooled:
        client = pooled.test_client()
        for_a_request = sent_by(pooled, lambda: client.post("/api/v1/auth/register", json=ADA))
        for_migrations = sent_by(pooled, lambda: upgrade(MIGRATIONS))
    transaction, _of_the_role, migrations = blocks(NEON)
    assert missing([transaction], for_a_request) == []
    assert missing([migrations], for_migrations) == []


@ON_POSTGRESQL
def test_statements_on_the_replica_and_the_primary(app, database_url, people):
    ada = people()
    ada.write()
    with running_app(database_url, DATABASE_REPLICA_URL=database_url) as replicated:
        with replicated.app_context():
            engines = dict(db.engines)
        client = replicated.test_client()
        with recorded(engines["replica"]) as on_replica, recorded(engines[None]) as on_primary:
            for _ in range(3):
                client.get("/api/v1/posts")
            client.get("/api/v1/posts", headers=ada.headers)
    (lists,) = blocks(REPLICA)
    asked_replica, asked_primary = lists.split("\n\n")
    assert missing([asked_replica], on_replica) == []
    assert missing([asked_primary], on_primary) == []


@ON_POSTGRESQL
def test_statements_of_the_migrations(empty_url):
    with running_app(empty_url) as app:
        sent = sent_by(app, lambda: upgrade(MIGRATIONS))
    titles = ("Several authors", "Savepoints", "Full-text search", "Migrations and triggers")
    printed = [one for title in titles for block in blocks(title) for one in statements_of(block)]
    wanted = [one for one in printed if is_of_migrations(one)]
    assert len(wanted) == 8
    assert unsent(wanted, sent) == []


def test_the_query_languages_of_both_databases():
    values = parse_query('flask "open source" -django py').parameters
    assert blocks("Full-text search", "") == [f"{values['q_tsquery']}\n{values['q_match']}\n"]


@ON_POSTGRESQL
def test_the_search(app, client):
    sent = sent_by(app, lambda: client.get('/api/v1/posts?q=flask "open data"'))
    assert missing(blocks("Full-text search")[1:], sent) == []
