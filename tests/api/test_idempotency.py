"""Idempotency-Key: retries get the stored response and are executed once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.keyed import KEY, POST, count_posts, problem


def count_keys(sql):
    return sql.one("SELECT count(*) FROM idempotency_keys")


def test_a_retry_with_the_same_key_gets_the_first_response_and_is_not_executed(people):
    ada = people()
    first = ada.post("/posts", POST, headers=KEY)
    again = [ada.post("/posts", POST, headers=KEY) for _ in range(3)]
    assert first.status_code == 201
    assert "Idempotency-Replayed" not in first.headers
    for reply in again:
        assert (reply.status_code, reply.data) == (201, first.data)
        assert reply.headers["Idempotency-Replayed"] == "true"
        own = {"X-Request-ID", "Idempotency-Replayed"}
        assert {h for h in reply.headers if h[0] not in own} == {h for h in first.headers if h[0] not in own}
        assert reply.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert count_posts(ada) == 1


def test_a_replay_ignores_later_changes_to_the_object(people):
    ada = people()
    first = ada.post("/posts", POST, headers=KEY)
    path = f"/posts/{first.json['id']}"
    assert ada.patch(path, {"title": "Other"}).status_code == 200
    assert ada.post("/posts", POST, headers=KEY).data == first.data
    assert ada.delete(path).status_code == 204
    assert ada.post("/posts", POST, headers=KEY).data == first.data
    assert count_posts(ada) == 0


def test_requests_without_a_key_are_always_executed(people):
    ada = people()
    assert [ada.post("/posts", POST).status_code for _ in range(2)] == [201, 201]
    assert count_posts(ada) == 2


def test_a_different_request_with_the_same_key_is_rejected(people):
    ada = people("editor")
    ada.post("/posts", POST, headers=KEY)
    for path, body in (("/posts", POST | {"title": "Other"}), ("/tags", POST), ("/tags", {"name": "x"})):
        assert problem(ada.post(path, body, headers=KEY)) == (422, "idempotency-key-reused")
    assert count_posts(ada) == 1
    assert ada.post("/posts", POST, headers=KEY).status_code == 201


@pytest.mark.parametrize(
    "body", [{"title": "", "status": "published"}, POST | {"slug": "taken"}, POST | {"status": "scheduled"}]
)
def test_a_failed_request_can_be_corrected_with_the_same_key(people, sql, body):
    ada = people()
    ada.write(slug="taken")
    assert ada.post("/posts", body, headers=KEY).status_code in (409, 422)
    assert count_keys(sql) == 0
    assert ada.post("/posts", POST, headers=KEY).status_code == 201
    assert count_keys(sql) == 1


def test_keys_belong_to_a_user(people):
    ada, bob = people(), people()
    ids = {person.post("/posts", POST, headers=KEY).json["id"] for person in (ada, bob, ada, bob)}
    assert len(ids) == 2


def test_a_replay_requires_authentication(people):
    ada = people()
    assert ada.post("/posts", POST, headers=KEY).status_code == 201
    assert ada.client.post("/api/v1/posts", json=POST, headers=KEY).status_code == 401
    ada.post("/auth/logout")
    assert ada.post("/posts", POST, headers=KEY).status_code == 401


def test_a_key_expires_after_a_day(people, sql):
    ada = people()
    earliest = datetime.now(UTC)
    first = ada.post("/posts", POST, headers=KEY).json["id"]
    latest, day = datetime.now(UTC), timedelta(hours=24)
    among = "SELECT count(*) FROM idempotency_keys WHERE expires_at BETWEEN :earliest AND :latest"
    assert sql.one(among, earliest=earliest + day, latest=latest + day) == 1
    for left, fresh in ((timedelta(minutes=1), False), (timedelta(0), True)):
        sql("UPDATE idempotency_keys SET expires_at = :ends", ends=datetime.now(UTC) + left)
        reply = ada.post("/posts", POST, headers=KEY)
        assert (reply.status_code, reply.json["id"] != first) == (201, fresh)
    assert ada.post("/posts", POST, headers=KEY).json == reply.json
    assert (count_posts(ada), count_keys(sql)) == (2, 1)


@pytest.mark.parametrize("key", ["", " ", "a b", "a,b", "\u00e4", "x" * 256, "a\tb", "\x7f"])
def test_an_invalid_key_is_a_bad_request(people, key):
    ada = people()
    assert problem(ada.post("/posts", POST, headers={"Idempotency-Key": key})) == (400, "bad-request")
    assert count_posts(ada) == 0


@pytest.mark.parametrize("key", ["1", '"8e03978e-40d5-43dd-bc93-6894a57f9324"', "x" * 255, "{~}!"])
def test_valid_keys_are_accepted(people, key):
    ada = people()
    replies = [ada.post("/posts", POST, headers={"Idempotency-Key": key}) for _ in range(2)]
    assert [reply.headers.get("Idempotency-Replayed") for reply in replies] == [None, "true"]


def test_only_post_requests_outside_auth_support_keys(client, people, sql):
    ada = people()
    account = {"username": "eve", "email": "eve@example.com", "password": "correct horse battery"}
    assert client.post("/api/v1/auth/register", json=account, headers=KEY).status_code == 201
    replies = [client.post("/api/v1/auth/login", json={k: account[k] for k in ("username", "password")}, headers=KEY)
               for _ in range(2)]  # fmt: skip
    assert replies[0].json["refresh_token"] != replies[1].json["refresh_token"]
    path = f"/posts/{ada.write()['id']}"
    assert [ada.patch(path, {"title": t}, headers=KEY).json["title"] for t in "ab"] == ["a", "b"]
    assert [ada.delete(path, headers=KEY).status_code for _ in range(2)] == [204, 404]
    assert count_keys(sql) == 0


def test_the_openapi_document_describes_keys_where_they_are_supported(client):
    document = client.get("/openapi.json").json
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            taken = {"$ref": "#/components/parameters/Idempotency-Key"} in operation.get("parameters", [])
            takes_none = path.startswith(("/api/v1/auth", "/api/v1/webhooks")) or path.endswith(
                ("/previews", "/media")
            )
            assert taken == (method == "post" and not takes_none), path
            replies = [reply for status, reply in operation["responses"].items() if status < "300"]
            assert all(("Idempotency-Replayed" in reply["headers"]) == taken for reply in replies)


def test_deleting_an_account_deletes_its_keys(people, sql):
    ada, admin = people("editor"), people("admin")
    ada.post("/tags", {"name": "x"}, headers=KEY)
    assert count_keys(sql) == 1
    assert admin.delete(f"/users/{ada.id}").status_code == 204
    assert count_keys(sql) == 0


def test_a_key_costs_two_statements_and_no_key_costs_none(people, count_queries):
    ada = people()
    ada.post("/posts", POST)
    with count_queries() as plain:
        ada.post("/posts", POST | {"slug": "one"})
    with count_queries() as keyed:
        ada.post("/posts", POST | {"slug": "two"}, headers=KEY)
    with count_queries() as replayed:
        ada.post("/posts", POST | {"slug": "two"}, headers=KEY)
    assert not any("idempotency" in statement for statement in plain)
    # The other statements of a replay are authentication, and whether the viewer may still see the post.
    assert (len(keyed) - len(plain), len(replayed)) == (2, 3)
