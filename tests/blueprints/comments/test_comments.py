"""Comments of members and guests."""

from __future__ import annotations

import pytest

from tests.blueprints.comments.helpers import GUEST, comment, comment_as_guest, count, faults, thread

MEMBERS = [
    "id",
    "post_id",
    "parent_id",
    "depth",
    "author",
    "content",
    "html",
    "status",
    "created_at",
    "updated_at",
]


def test_a_comment_is_shown_in_the_thread_and_on_its_own(client, ada, post_id):
    reply = ada.post(f"/posts/{post_id}/comments", {"content": " *Thanks* for reading. "})
    assert (reply.status_code, list(reply.json)) == (201, MEMBERS)
    written = reply.json
    assert reply.headers["Location"] == f"/api/v1/comments/{written['id']}"
    assert written["author"] == {"id": ada.id, "username": "ada", "display_name": "ada"}
    expected = {"post_id": post_id, "parent_id": None, "depth": 0, "status": "approved"}
    assert {name: written[name] for name in expected} == expected
    assert (written["content"], written["html"]) == (
        "*Thanks* for reading.",
        "<p><em>Thanks</em> for reading.</p>",
    )
    assert thread(client, post_id) == [written]
    alone = client.get(reply.headers["Location"])
    assert (alone.json, alone.headers["ETag"]) == (written, reply.headers["ETag"])
    assert count(client, post_id) == 1


def test_replies_name_their_parent_and_depth(client, ada, post_id):
    parent_id, ids = None, []
    for depth in range(6):
        written = comment(ada, post_id, f"Level {depth}", parent_id=parent_id)
        assert (written["parent_id"], written["depth"]) == (parent_id, depth)
        parent_id = written["id"]
        ids.append(parent_id)
    reply = ada.post(f"/posts/{post_id}/comments", {"content": "Too deep", "parent_id": parent_id})
    assert (reply.status_code, faults(reply)) == (422, {("/parent_id", "too_deep")})
    assert [one["id"] for one in thread(client, post_id)] == ids


def test_a_parent_must_be_an_approved_comment_on_the_same_post(ada, reader, post_id):
    elsewhere = comment(ada, ada.write()["id"])["id"]
    waiting = comment(reader, post_id)["id"]
    for parent_id in (elsewhere, waiting, waiting + 100):
        reply = ada.post(f"/posts/{post_id}/comments", {"content": "x", "parent_id": parent_id})
        assert (reply.status_code, faults(reply)) == (422, {("/parent_id", "not_a_comment")})


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {("/content", "required")}),
        ({"content": " \u200b"}, {("/content", "blank")}),
        ({"content": "x" * 10_001}, {("/content", "too_long")}),
        ({"content": "x", "parent_id": "1"}, {("/parent_id", "wrong_type")}),
        ({"content": "x", "status": "approved"}, {("/status", "unknown")}),
        ({"content": "x", **GUEST}, {("/name", "not_allowed"), ("/email", "not_allowed")}),
    ],
)  # fmt: skip
def test_invalid_input_names_the_field(reader, post_id, data, expected):
    reply = reader.post(f"/posts/{post_id}/comments", data)
    assert (reply.status_code, faults(reply)) == (422, expected)


def test_guests_can_comment_if_everyone_may(client, open_to_guests, editor, post_id, sql):
    reply = comment_as_guest(client, post_id)
    assert (reply.status_code, reply.json["status"]) == (201, "pending")
    assert reply.json["author"] == {"id": None, "username": None, "display_name": "Ann Guest"}
    assert thread(client, post_id) == []
    assert client.get(reply.headers["Location"]).status_code == 404
    assert sql("SELECT guest_email, ip, user_id FROM comments") == [("ann@guest.example", "127.0.0.1", None)]
    path = f"/comments/{reply.json['id']}"
    approved = editor.patch(path, {"status": "approved"})
    assert thread(client, post_id) == [approved.json]
    for shown in (reply, approved, editor.get("/comments"), editor.get(path), client.get(f"/api/v1{path}")):
        assert "guest.example" not in shown.text
        assert "127.0.0.1" not in shown.text


def test_guests_need_a_name_and_an_address(client, open_to_guests, post_id):
    reply = client.post(f"/api/v1/posts/{post_id}/comments", json={"content": "x"})
    assert (reply.status_code, faults(reply)) == (422, {("/name", "required"), ("/email", "required")})
    reply = comment_as_guest(client, post_id, email="secret-at-nowhere")
    assert (reply.status_code, faults(reply)) == (422, {("/email", "malformed")})
    assert "secret" not in reply.text


def test_names_and_addresses_of_guests_are_limited_like_those_of_accounts(client, open_to_guests, post_id):
    longest = {"name": "\U0001f511" * 100, "email": f"{'a' * 64}@{'b' * 61}.{'b' * 61}.{'b' * 61}.com"}
    reply = comment_as_guest(client, post_id, **longest)
    assert (reply.status_code, reply.json["author"]["display_name"]) == (201, longest["name"])
    for name, value in (("name", "x" * 101), ("name", "a\nb"), ("email", f"{'a' * 65}@b.com")):
        reply = comment_as_guest(client, post_id, **{name: value})
        assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, f"/{name}")


def test_a_proxy_may_name_a_guest_by_a_long_address(client, open_to_guests, post_id):
    address = "[2001:0db8:1111:2222:3333:4444:5555:6666]:65535"
    with_port = {"json": {"content": "x", **GUEST}, "environ_base": {"REMOTE_ADDR": address}}
    assert client.post(f"/api/v1/posts/{post_id}/comments", **with_port).status_code == 201


def test_an_idempotency_key_of_a_guest_is_ignored(client, open_to_guests, post_id):
    headers = {"Idempotency-Key": "one"}
    replies = [
        client.post(f"/api/v1/posts/{post_id}/comments", json={"content": name, **GUEST}, headers=headers)
        for name in ("a", "b")
    ]
    assert [reply.json["content"] for reply in replies] == ["a", "b"]
    assert "Idempotency-Replayed" not in replies[1].headers


def test_only_members_comment_by_default_and_nobody_if_comments_are_off(
    client, app, ada, post_id, monkeypatch
):
    written = comment(ada, post_id)
    assert comment_as_guest(client, post_id).status_code == 401
    monkeypatch.setitem(app.config, "COMMENTS", "off")
    for reply in (
        comment_as_guest(client, post_id),
        ada.post(f"/posts/{post_id}/comments", {"content": "x"}),
    ):
        assert (reply.status_code, reply.json["type"]) == (403, "/problems/comments-closed")
    assert thread(client, post_id) == [written]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"comments_open": False}, "are closed"),
        ({"comments_close_at": "2020-01-01T00:00:00Z"}, "are closed"),
        ({"status": "draft"}, "not public"),
        ({"status": "archived"}, "not public"),
        ({"status": "published", "published_at": "2999-01-01T00:00:00Z"}, "not public"),
    ],
)  # fmt: skip
def test_a_closed_post_takes_no_comments(ada, reader, post_id, changes, detail):
    assert ada.patch(f"/posts/{post_id}", changes).status_code == 200
    reply = ada.post(f"/posts/{post_id}/comments", {"content": "x"})
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/comments-closed")
    assert detail in reply.json["detail"]
    is_hidden = "status" in changes
    assert reader.post(f"/posts/{post_id}/comments", {"content": "x"}).status_code == (
        404 if is_hidden else 403
    )


def test_a_post_takes_comments_until_they_close(ada, post_id):
    ada.patch(f"/posts/{post_id}", {"comments_close_at": "2999-01-01T00:00:00Z"})
    comment(ada, post_id)


def test_a_repeated_request_with_a_key_creates_one_comment(client, ada, post_id):
    headers = {"Idempotency-Key": "one"}
    first, second = (
        ada.post(f"/posts/{post_id}/comments", {"content": "x"}, headers=headers) for _ in range(2)
    )
    assert (second.json, second.headers["Idempotency-Replayed"]) == (first.json, "true")
    assert count(client, post_id) == 1
    ada.delete(f"/comments/{first.json['id']}")
    again = ada.post(f"/posts/{post_id}/comments", {"content": "x"}, headers=headers)
    assert again.status_code == 404


def test_new_comments_are_limited_by_user(make_client, ada, reader, post_id):
    limited = make_client(RATELIMIT_ENABLED="true", RATELIMIT_COMMENT="2 per hour")
    path, body = f"/api/v1/posts/{post_id}/comments", {"content": "x"}
    found = [limited.post(path, json=body, headers=ada.headers).status_code for _ in range(3)]
    assert found == [201, 201, 429]
    assert limited.post(path, json=body, headers=reader.headers).status_code == 201
    assert [limited.post(path, json=body).status_code for _ in range(3)] == [401, 401, 429]


def test_a_read_only_token_may_not_comment(client, ada, post_id):
    tokens = {
        scope: ada.post("/auth/tokens", {"name": "x", "scopes": ["read", *scope.split()]}).json["token"]
        for scope in ("", "write")
    }
    found = {
        scope: client.post(
            f"/api/v1/posts/{post_id}/comments",
            json={"content": "x"},
            headers={"Authorization": f"Bearer {token}"},
        ).status_code
        for scope, token in tokens.items()
    }
    assert found == {"": 403, "write": 201}


def test_comments_of_a_deleted_account_stay(client, ada, editor, people, post_id, unmoderated):
    carl, admin = people("reader", username="carl"), people("admin")
    written = comment(carl, post_id)
    admin.delete(f"/users/{carl.id}")
    deleted = {"id": None, "username": None, "display_name": "Deleted user"}
    assert thread(client, post_id) == [{**written, "author": deleted}]
    assert count(client, post_id) == 1


def test_comments_of_an_anonymised_account_stay_without_its_names(client, people, post_id, unmoderated):
    carl, admin = people("reader", username="carl"), people("admin")
    comment(carl, post_id)
    assert admin.delete(f"/users/{carl.id}?anonymise=true").status_code == 204
    (shown,) = thread(client, post_id)
    assert (shown["author"]["id"], "carl" in str(shown["author"])) == (carl.id, False)
