"""Manage webhooks over HTTP."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event, insert

from blog_api.crud.webhooks.endpoints import MAX_WEBHOOKS
from blog_api.database.session import db, transaction
from blog_api.models.webhooks import Webhook
from blog_api.schemas.changes import TYPES
from tests.waiting import wait_until

URL = "https://example.com/hook"
HIDDEN = ("secret", "old_secret", "position", "lease_owner", "version", "due_at")


def create(admin, **fields):
    reply = admin.post("/webhooks", json={"url": URL} | fields)
    assert reply.status_code == 201, reply.text
    return reply.json


def errors(reply):
    assert reply.status_code == 422, reply.text
    return {(error["pointer"], error["code"]) for error in reply.json["errors"]}


def test_the_secret_is_shown_once(admin, sql, caplog):
    caplog.set_level("DEBUG")
    reply = admin.post("/webhooks", json={"url": URL, "events": ["post.published", "tag.*", "tag.*"]})
    made = reply.json
    assert (reply.status_code, reply.headers["Cache-Control"]) == (201, "no-store")
    assert reply.headers["Location"] == f"/api/v1/webhooks/{made['id']}"
    assert len(base64.b64decode(made["secret"].removeprefix("whsec_"))) == 32
    assert made["events"] == ["post.published", "tag.*"]
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert (shown["kind"], shown["is_active"], shown["failing_since"]) == ("event", True, None)
    assert not set(HIDDEN) & set(shown)
    one = admin.get(f"/webhooks/{made['id']}")
    assert one.json == shown
    assert one.headers["ETag"].startswith('"1-')
    assert admin.get("/webhooks").json["data"] == [shown]
    patched = admin.patch(f"/webhooks/{made['id']}", json={"is_active": False})
    assert patched.json["is_active"] is False
    seen = [patched.text, one.text, caplog.text, admin.get("/audit").text, admin.get("/users/me").text]
    assert not any(made["secret"].removeprefix("whsec_") in text for text in seen)
    assert sql.one("SELECT secret FROM webhooks") == made["secret"]


def test_only_admins_may_manage_webhooks(people, client, admin):
    made = create(admin)
    editor = people("editor")
    for method, path in (
        ("GET", ""), ("POST", ""), ("GET", f"/{made['id']}"), ("PATCH", f"/{made['id']}"), ("DELETE", f"/{made['id']}"),
        ("POST", f"/{made['id']}/rotate-secret"), ("POST", f"/{made['id']}/test"), ("GET", f"/{made['id']}/deliveries"),
        ("POST", "/deliveries/1/retry"),
    ):  # fmt: skip
        body = {"url": URL} if method in ("POST", "PATCH") and path in ("", f"/{made['id']}") else None
        assert editor.request(method, f"/webhooks{path}", json=body).status_code == 403, (method, path)
        assert client.open(f"/api/v1/webhooks{path}", method=method, json=body).status_code == 401
    assert {
        reply.status_code for reply in (admin.get("/webhooks/99"), admin.get("/webhooks/99/deliveries"))
    } == {404}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://0x7f.1/", "https://ada:x@example.com/",
        "https://169.254.169.254/latest", "https://example.com/ä", "https://localhost.127.1/",
    ],
)  # fmt: skip
def test_urls_must_be_public(admin, url):
    assert errors(admin.post("/webhooks", json={"url": url})) == {("/url", "not_allowed")}
    made = create(admin)
    assert errors(admin.patch(f"/webhooks/{made['id']}", json={"url": url})) == {("/url", "not_allowed")}


@pytest.mark.parametrize(
    "url", ["https://example.com/#x", "ftp://example.com/", "example.com", "https:// example.com"]
)
def test_other_texts_are_no_urls(admin, url):
    assert errors(admin.post("/webhooks", json={"url": url})) == {("/url", "malformed")}


def test_webhooks_allow_names_hosts_that_may_be_local(admin, make_client):
    client = make_client(WEBHOOKS_ALLOW="127.0.0.1, Hooks.Internal")
    for url, status in (
        ("http://127.0.0.1:8080/", 201), ("http://hooks.internal/", 201), ("http://127.0.0.2/", 422),
    ):  # fmt: skip
        reply = client.post("/api/v1/webhooks", json={"url": url}, headers=admin.headers)
        assert reply.status_code == status, url


def test_unknown_events_are_refused_with_a_suggestion(admin):
    reply = admin.post("/webhooks", json={"url": URL, "events": ["*", "post.publish", "posts"]})
    assert errors(reply) == {("/events/1", "not_a_choice"), ("/events/2", "not_a_choice")}
    details = [error["detail"] for error in reply.json["errors"]]
    assert "Did you mean post.published?" in details[0]
    assert errors(admin.post("/webhooks", json={"url": URL, "events": []})) == {("/events", "length")}
    every = [*TYPES, "post.*", "tag.*", "user.*", "comment.*", "*"]
    assert create(admin, events=every)["events"] == every
    assert create(admin)["events"] == ["*"]


def test_the_kind_cannot_be_changed(admin):
    made = create(admin, kind="purge")
    assert made["kind"] == "purge"
    reply = admin.patch(f"/webhooks/{made['id']}", json={"kind": "event"})
    assert errors(reply) == {("/kind", "unknown")}
    assert "cannot be changed" in reply.json["detail"]


def test_if_match_protects_changes(admin):
    path = f"/webhooks/{create(admin)['id']}"
    old = {"If-Match": admin.get(path).headers["ETag"]}
    assert admin.patch(path, json={"events": ["tag.*"]}, headers=old).status_code == 200
    assert admin.patch(path, json={"events": ["post.*"]}, headers=old).status_code == 412
    assert admin.delete(path, headers=old).status_code == 412
    assert admin.delete(path, headers={"If-Match": admin.get(path).headers["ETag"]}).status_code == 204
    assert admin.delete(path).status_code == 404


def test_the_number_of_webhooks_is_limited(app, admin):
    row = {"url": URL, "events": ["*"], "kind": "event", "is_active": True, "secret": "x", "position": 0}
    with app.app_context(), transaction() as session:
        session.execute(insert(Webhook), [row] * (MAX_WEBHOOKS - 1))
    create(admin)
    reply = admin.post("/webhooks", json={"url": URL})
    assert (reply.status_code, reply.json["type"]) == (409, "/problems/conflict")


def test_rotation_keeps_the_old_secret_for_a_day(admin, sql):
    made = create(admin)
    reply = admin.post(f"/webhooks/{made['id']}/rotate-secret")
    assert (reply.status_code, reply.headers["Cache-Control"]) == (200, "no-store")
    assert reply.json["secret"] not in (made["secret"], None)
    ((secret, old),) = sql("SELECT secret, old_secret FROM webhooks")
    assert (secret, old) == (reply.json["secret"], made["secret"])


# On SQLite, a write waits for the deletion before it reads.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_messages_that_wait_for_the_deletion_of_their_webhook_are_not_found(make_client, admin, sql):
    client, made = make_client(DB_POOL_SIZE="5"), create(admin)
    test = admin.post(f"/webhooks/{made['id']}/test").json
    sql("UPDATE webhook_deliveries SET state = 'delivered'")
    paths = [f"/webhooks/{made['id']}/test", f"/webhooks/deliveries/{test['id']}/retry"]
    with ThreadPoolExecutor(len(paths)) as pool:
        with sql.holding("DELETE FROM webhooks"):
            found = [pool.submit(client.post, f"/api/v1{path}", headers=admin.headers) for path in paths]
            wait_until(lambda: sql.count_waiting() == len(paths))
        assert [one.result().status_code for one in found] == [404, 404]


def test_changes_are_audited_without_the_url(admin):
    path = f"/webhooks/{create(admin, url='https://example.com/token-of-the-receiver')['id']}"
    admin.patch(path, json={"events": ["tag.*"]})
    admin.post(f"{path}/rotate-secret")
    admin.delete(path)
    events = admin.get("/audit").json["data"]
    actions = [event["action"] for event in events]
    assert actions == ["webhook.deleted", "webhook.secret_rotated", "webhook.updated", "webhook.created"]
    assert {event["detail"] for event in events} == {f"webhook {path.rpartition('/')[2]}, example.com"}


def test_a_test_message_waits_for_the_worker(admin):
    made = create(admin)
    reply = admin.post(f"/webhooks/{made['id']}/test")
    assert reply.status_code == 202
    delivery = reply.json
    assert (delivery["type"], delivery["state"], delivery["attempts"]) == ("webhook.test", "pending", 0)
    listed = admin.get(f"/webhooks/{made['id']}/deliveries").json["data"]
    assert listed == [delivery]
    assert admin.get(f"/webhooks/{made['id']}/deliveries?state=failed").json["data"] == []
    assert admin.post(f"/webhooks/deliveries/{delivery['id']}/retry").json == delivery
    assert admin.post("/webhooks/deliveries/999/retry").status_code == 404


def test_statements_are_logged_without_the_secret(app, admin):
    logged: list[str] = []
    with app.app_context():
        engine = db.engine

    def log(_connection, _cursor, _statement, parameters, *_):
        # As SQLAlchemy logs them.
        logged.append(repr(parameters))

    event.listen(engine, "before_cursor_execute", log)
    try:
        made = create(admin)
    finally:
        event.remove(engine, "before_cursor_execute", log)
    assert URL in str(logged)
    assert made["secret"] not in str(logged)


def test_deleting_an_account_keeps_its_webhooks(admin, people):
    made = create(admin)
    other = people("admin")
    assert other.delete(f"/users/{admin.id}").status_code == 204
    assert other.get(f"/webhooks/{made['id']}").status_code == 200
