"""Who may send dry_run=true, where, and how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import login_required
from tests.apps import add_blueprint, running_app
from tests.databases import on_one_database
from tests.keyed import POST
from tests.snapshots import differences, snapshot

DRY = "?dry_run=true"


def faults(reply):
    assert reply.status_code == 422, reply.text
    return [(fault["parameter"], fault["code"]) for fault in reply.json["errors"]]


@on_one_database
@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("dry_run=yes", ("dry_run", "wrong_type")),
        ("dry_run=True", ("dry_run", "wrong_type")),
        ("dry_run=1", ("dry_run", "wrong_type")),
        ("dry_run=", ("dry_run", "wrong_type")),
        ("dry_run", ("dry_run", "wrong_type")),
        ("dry_run=true&dry_run=true", ("dry_run", "repeated")),
        ("dryrun=true", ("dryrun", "unknown")),
        ("dry_run=true&x=1", ("x", "unknown")),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/posts"), ("DELETE", "/posts/{}"), ("POST", "/posts/bulk/update")]
)
def test_invalid_parameters_are_rejected(people, sql, method, path, query, fault):
    ada = people()
    address = f"{path.format(ada.write()['id'])}?{query}"
    before = snapshot(sql)
    reply = ada.request(method, address, json={} if method == "POST" else None)
    assert faults(reply) == [fault]
    if query.startswith("dryrun"):
        assert reply.json["errors"][0]["detail"].endswith("Did you mean dry_run?")
    assert not differences(before, snapshot(sql))


@on_one_database
def test_reads_and_other_resources_do_not_take_the_parameter(people):
    admin = people("admin")
    for method, path in [("GET", "/posts"), ("GET", "/posts/1"), ("GET", "/users/me"), ("GET", "/tags"),
                         ("POST", "/auth/tokens"), ("POST", "/redirects"), ("DELETE", "/redirects/1"),
                         ("POST", "/auth/register"), ("DELETE", "/auth/sessions")]:  # fmt: skip
        assert faults(admin.request(method, f"{path}{DRY}", json={})) == [("dry_run", "unknown")], path


@on_one_database
def test_false_saves_the_change(people):
    reply = people().post("/posts?dry_run=false", POST)
    assert (reply.status_code, "Dry-Run" in reply.headers) == (201, False)
    assert {"ETag", "Location"} <= set(reply.headers.keys())


def test_a_denied_dry_run_is_denied_and_audited_like_the_write(people, client, sql):
    admin, ada, reader, bob = people("admin"), people(), people("reader"), people("contributor")
    post = ada.write()
    requests = [
        (reader, "POST", "/posts", POST),
        (reader, "PATCH", f"/posts/{post['id']}", {"title": "Other"}),
        (bob, "POST", "/posts", {"title": "Hello", "status": "published"}),
        (ada, "POST", "/tags", {"name": "New"}),
        (ada, "PATCH", f"/users/{bob.id}", {"role": "admin"}),
        (reader, "POST", "/posts/bulk/update", {"status": "draft"}),
    ]
    for person, method, path, body in requests:
        before = snapshot(sql)
        replies = [person.request(method, f"{path}{query}", json=body) for query in (DRY, "")]
        assert [reply.status_code for reply in replies] == [403, 403], path
        assert replies[0].headers["Dry-Run"] == "true"
        assert differences(before, snapshot(sql)) == {"audit_events"}
        latest, previous = admin.get("/audit?limit=2").json["data"]
        for event in (latest, previous):
            assert (event["action"], event["detail"]) == ("access.denied", f"{method} /api/v1{path}")
    assert client.post(f"/api/v1/posts{DRY}", json=POST).status_code == 401
    token = admin.post("/auth/tokens", {"name": "x", "scopes": ["read"]}).json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(f"/api/v1/posts{DRY}", json=POST, headers=headers).status_code == 403


def test_denied_operations_of_a_bulk_dry_run_are_audited(people, sql):
    admin, ada, bob = people("admin"), people(), people()
    post = ada.write()
    operations = [
        {"op": "create", "data": POST},
        {"op": "delete", "id": post["id"]},
        {"op": "update", "id": post["id"], "data": {"title": "Other"}},
    ]
    before = snapshot(sql)
    reply = bob.post(f"/posts/bulk{DRY}", {"mode": "each", "operations": operations})
    assert reply.status_code == 207
    assert [result["status"] for result in reply.json["results"]] == [201, 403, 403]
    assert differences(before, snapshot(sql)) == {"audit_events"}
    (event,) = admin.get("/audit").json["data"]
    assert (event["action"], event["actor_id"]) == ("access.denied", bob.id)
    assert event["detail"] == "POST /api/v1/posts/bulk, 2 operations"


def test_a_dry_run_counts_towards_the_rate_limit_of_writes(people, make_client):
    limited = make_client(RATELIMIT_ENABLED="true", RATELIMIT_WRITE="2 per minute")
    ada = replace(people(), client=limited)
    assert [ada.post(f"/posts{DRY}", POST).status_code for _ in range(3)] == [201, 201, 429]
    assert ada.post("/posts", POST).status_code == 429


def test_a_dry_run_counts_towards_the_limit_of_email_changes(people, make_client, sql):
    limited = make_client(RATELIMIT_ENABLED="true", RATELIMIT_EMAIL_CHANGE="2 per hour")
    ada, bob = replace(people(), client=limited), people()
    taken = {"email": f"{bob.username}@example.com"}
    assert [ada.patch(f"/users/me{DRY}", taken).status_code for _ in range(3)] == [409, 409, 429]
    assert sql.one("SELECT count(*) FROM outbox") == 0


@on_one_database
def test_a_secret_response_is_not_produced_by_a_dry_run(database_url, people):
    blueprint = Blueprint("secrets", __name__, url_prefix="/api/v1/secrets", secret=True, dry_run=True)

    @blueprint.route("", methods=["POST"])
    @login_required
    @blueprint.returns(204)
    def create_secret():
        """Create a secret"""

    with running_app(database_url) as app:
        add_blueprint(app, blueprint)
        ada = replace(people(), client=app.test_client())
        assert faults(ada.post(f"/secrets{DRY}")) == [("dry_run", "unknown")]
        assert ada.post("/secrets").status_code == 204


@on_one_database
def test_a_browser_can_read_the_header(make_client):
    client = make_client(CORS_ORIGINS="https://blog.example")
    reply = client.get("/api/v1/posts", headers={"Origin": "https://blog.example"})
    assert "Dry-Run" in reply.headers["Access-Control-Expose-Headers"].split(", ")
