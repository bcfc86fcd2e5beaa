"""A service with a replica, and requests of its clients."""

from __future__ import annotations

import contextlib

from tests.apps import running_app

ACCOUNT = {"username": "ada", "password": "correct horse battery"}


@contextlib.contextmanager
def service(primary, replica, **settings):
    """Yield a client of an app with this primary and replica."""
    with running_app(primary, DATABASE_REPLICA_URL=replica, DB_POOL_SIZE="8", **settings) as app:
        yield app.test_client()


def log_in(client, name="ada"):
    """Register and log in an author, and return the headers."""
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
