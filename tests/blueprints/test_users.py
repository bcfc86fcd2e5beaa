"""Accounts: who can see and change which members."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.apps import disconnect, make_app

PUBLIC = {"id", "username", "display_name", "bio", "website", "image", "post_count", "created_at"}
SHARED = PUBLIC | {"role"}
PRIVATE = SHARED | {"email", "is_active", "updated_at", "comment_mail"}
FUTURE = "2999-01-01T00:00:00Z"


def test_only_the_owner_and_admins_see_private_fields(people, client):
    ada, eve, editor, admin = people(), people(), people("editor"), people("admin")
    ada.write()
    for viewer, seen in ((eve, SHARED), (editor, SHARED), (ada, PRIVATE), (admin, PRIVATE)):
        assert set(viewer.get(f"/users/{ada.id}").json) == seen
        listed = {user["id"]: user for user in viewer.get("/users?limit=100").json["data"]}
        assert set(listed[ada.id]) == seen
        assert set(listed[viewer.id]) == PRIVATE
        assert set(viewer.get("/users/me").json) == PRIVATE
    assert set(client.get(f"/api/v1/users/{ada.id}").json) == PUBLIC
    assert [set(user) for user in client.get("/api/v1/users").json["data"]] == [PUBLIC]


def test_without_a_token_only_people_with_a_published_post_can_be_seen(people, client):
    def shown():
        return [user["username"] for user in client.get("/api/v1/users?total=true").json["data"]]

    ada, bob, reader = people(username="ada"), people(username="bob"), people("reader")
    draft = ada.write(status="draft", co_authors=[bob.id])
    ada.write(published_at=FUTURE)
    archived = ada.write(status="archived")
    assert shown() == []
    for person in (ada, bob, reader):
        reply = client.get(f"/api/v1/users/{person.id}")
        assert (reply.status_code, reply.json["detail"]) == (404, "There is no user with this id.")
        assert reader.get(f"/users/{person.id}").json["role"] in ("author", "reader")
    assert len(reader.get("/users").json["data"]) == 3
    assert ada.patch(f"/posts/{draft['id']}", json={"status": "published"}).status_code == 200
    assert shown() == ["ada", "bob"]
    assert client.get("/api/v1/users?total=true").json["pagination"]["total"] == 2
    assert client.get(f"/api/v1/users/{bob.id}").json["post_count"] == 1
    assert client.get(f"/api/v1/users/{reader.id}").status_code == 404
    assert ada.delete(f"/posts/{draft['id']}").status_code == 204
    assert shown() == []
    assert client.get(f"/api/v1/users/{bob.id}").status_code == 404
    assert ada.patch(f"/posts/{archived['id']}", json={"status": "published"}).status_code == 200
    assert shown() == ["ada"]


def test_a_list_of_users_takes_one_query_and_omits_disabled_accounts(people, client, count_queries):
    admin, gone = people("admin"), people()
    for _ in range(30):
        people().write()
    gone.write()
    assert admin.patch(f"/users/{gone.id}", json={"is_active": False}).status_code == 200
    with count_queries() as statements:
        page = client.get("/api/v1/users?limit=100&sort=username").json
    assert len(statements) == 1
    names = [user["username"] for user in page["data"]]
    assert (len(names), names) == (30, sorted(names))
    assert gone.username not in names


def test_paging_returns_each_user_once_in_both_directions(people, client):
    everybody = {
        people(username=name).write()["author"]["id"] for name in ("Bob", "ada", "d.x", "carl", "Dora")
    }
    for sort in ("username", "-username", "created_at", "-created_at"):
        seen, url = [], f"/api/v1/users?limit=2&sort={sort}"
        while url:
            page = client.get(url).json
            seen += [user["id"] for user in page["data"]]
            cursor = page["pagination"]["next_cursor"]
            url = cursor and f"/api/v1/users?limit=2&sort={sort}&cursor={cursor}"
        assert (len(seen), set(seen)) == (5, everybody)


def test_the_post_count_includes_only_published_posts(people, client):
    ada = people()
    ada.write()
    ada.write(status="draft")
    ada.write(published_at="2999-01-01T00:00:00Z")
    trashed = ada.write()
    assert ada.delete(f"/posts/{trashed['id']}").status_code == 204
    assert client.get(f"/api/v1/users/{ada.id}").json["post_count"] == 1
    assert ada.get("/users/me").json["post_count"] == 1


def test_owners_can_change_only_their_profile(people, client):
    ada = people(username="ada")
    reply = ada.patch("/users/me", json={"username": "Countess", "display_name": " Ada ", "bio": "a\nb"})
    assert reply.status_code == 200
    assert (reply.json["username"], reply.json["display_name"], reply.json["bio"]) == (
        "Countess",
        "Ada",
        "a\nb",
    )
    assert reply.json["email"] == "ada@example.com"
    for field in ("role", "is_active", "id", "password", "post_count"):
        refused = ada.patch("/users/me", json={field: "admin"})
        assert refused.status_code == 422
        assert [(f["pointer"], f["code"]) for f in refused.json["errors"]] == [(f"/{field}", "unknown")]
    assert ada.get("/users/me").json["role"] == "author"
    assert ada.patch("/users/me", json={}).status_code == 200


@pytest.mark.parametrize("field", ["username", "email", "display_name", "bio", "role", "is_active"])
def test_null_is_not_a_valid_value(people, field):
    admin = people("admin")
    reply = admin.patch(f"/users/{admin.id}", json={field: None})
    assert reply.status_code == 422
    assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [(f"/{field}", "null")]


@pytest.mark.parametrize(("field", "value"), [("username", "GRACE"), ("email", "Grace@Example.COM")])
def test_a_taken_name_or_address_is_a_conflict(people, field, value):
    ada, admin = people(username="ada"), people("admin")
    people(username="grace")
    for reply in (
        ada.patch("/users/me", json={field: value}),
        admin.patch(f"/users/{ada.id}", json={field: value}),
    ):
        assert (reply.status_code, reply.json["type"]) == (409, "/problems/conflict")
        assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [(f"/{field}", "taken")]
    own = {"username": "ADA", "email": "ADA@example.com"}
    assert ada.patch("/users/me", json=own).status_code == 200
    assert admin.patch(f"/users/{ada.id}", json=own).status_code == 200


def test_only_admins_can_change_other_accounts(people, client):
    ada, editor, admin = people(), people("editor"), people("admin")
    change = {"bio": "changed"}
    assert client.patch(f"/api/v1/users/{ada.id}", json=change).status_code == 401
    assert editor.patch(f"/users/{ada.id}", json=change).status_code == 403
    assert ada.patch(f"/users/{ada.id}", json={"role": "admin"}).status_code == 403
    assert ada.patch("/users/999999", json=change).status_code == 404
    reply = admin.patch(f"/users/{ada.id}", json={"role": "editor", "display_name": "Ada", **change})
    assert (reply.status_code, reply.json["role"], reply.json["bio"]) == (200, "editor", "changed")
    assert admin.patch(f"/users/{ada.id}", json={"role": "king"}).json["errors"][0]["code"] == "not_a_choice"
    assert admin.patch(f"/users/{ada.id}", json={"is_active": 0}).json["errors"][0]["code"] == "wrong_type"
    assert admin.patch(f"/users/{ada.id}", json={"is_active": "false "}).status_code == 422


def test_the_last_active_admin_cannot_be_removed(people):
    admin, disabled = people("admin"), people("admin")
    assert admin.patch(f"/users/{disabled.id}", json={"is_active": False}).status_code == 200
    for change in ({"role": "editor"}, {"is_active": False}):
        reply = admin.patch(f"/users/{admin.id}", json=change)
        assert (reply.status_code, reply.json["type"]) == (409, "/problems/conflict")
    assert admin.delete(f"/users/{admin.id}").status_code == 409
    assert admin.patch(f"/users/{admin.id}", json={"role": "admin", "is_active": True}).status_code == 200
    people("admin")
    assert admin.patch(f"/users/{admin.id}", json={"role": "editor"}).status_code == 200


@pytest.mark.parametrize("way", ["demote", "disable", "delete"])
def test_two_admins_removing_each_other_concurrently_leave_one(people, database_url, sql, way):
    other = make_app(database_url, DB_POOL_SIZE="4")
    for _round in range(5):
        pair = [people("admin"), people("admin")]

        def remove(number, pair=pair):
            one, another = pair[number], pair[1 - number]
            client, path = other.test_client(), f"/api/v1/users/{another.id}"
            if way == "delete":
                return client.delete(path, headers=one.headers)
            change = {"role": "reader"} if way == "demote" else {"is_active": False}
            return client.patch(path, headers=one.headers, json=change)

        with ThreadPoolExecutor(2) as threads:
            statuses = sorted(reply.status_code for reply in threads.map(remove, range(2)))
        assert statuses[0] in (200, 204)
        # The slower one is no longer an admin, or would remove the last one.
        assert statuses[1] in (401, 403, 409)
        assert sql.one("SELECT count(*) FROM users WHERE role = 'admin' AND is_active") == 1
        sql("UPDATE users SET is_active = false")
    disconnect(other)


def test_if_match_is_checked_against_the_version_of_the_account(people):
    ada, admin = people(), people("admin")
    tag = ada.get("/users/me").headers["ETag"]
    assert ada.get("/users/me", headers={"If-None-Match": tag}).status_code == 304
    changed = ada.patch("/users/me", json={"bio": "1"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    stale = {"headers": {"If-Match": tag}}
    assert ada.patch("/users/me", json={"bio": "2"}, **stale).status_code == 412
    assert admin.patch(f"/users/{ada.id}", json={"bio": "2"}, **stale).status_code == 412
    assert admin.delete(f"/users/{ada.id}", **stale).status_code == 412
    for broken in ("x", "", '"', "W/"):
        assert ada.patch("/users/me", json={"bio": "2"}, headers={"If-Match": broken}).status_code == 400
    weak = {"headers": {"If-Match": f"W/{changed.headers['ETag']}"}}
    assert ada.patch("/users/me", json={"bio": "2"}, **weak).status_code == 412
    assert ada.patch("/users/me", json={"bio": "2"}, headers={"If-Match": "*"}).status_code == 200
    assert ada.get("/users/me").json["bio"] == "2"


def test_a_change_without_a_required_if_match_is_428(people, make_client):
    ada, client = people(), make_client(REQUIRE_IF_MATCH="true")
    reply = client.patch("/api/v1/users/me", json={"bio": "x"}, headers=ada.headers)
    assert (reply.status_code, reply.json["type"]) == (428, "/problems/precondition-required")
    assert client.delete(f"/api/v1/users/{ada.id}", headers=ada.headers).status_code == 428


@pytest.mark.parametrize(
    "name", ["0", "01", "+1", "-1", "1_0", "1.0", "٣", "１", "x", str(2**63), "9" * 30, "1%00", "%ff"]
)
def test_an_invalid_id_is_not_found(client, people, name):
    for method in ("GET", "PATCH", "DELETE"):
        reply = people("admin").request(
            method, f"/users/{name}", **({"json": {}} if method == "PATCH" else {})
        )
        assert (reply.status_code, reply.json["type"]) == (404, "/problems/not-found")
    assert client.get(f"/api/v1/users/{2**63 - 1}").status_code == 404


def test_a_reenabled_account_must_log_in_again(people):
    admin, ada = people("admin"), people()
    for active in (False, True):
        assert admin.patch(f"/users/{ada.id}", json={"is_active": active}).status_code == 200
    assert ada.get("/users/me").status_code == 401


def test_only_admins_see_disabled_accounts_in_the_list(people, client):
    admin, ada = people("admin"), people(username="ada")
    ada.write()
    admin.patch(f"/users/{ada.id}", json={"is_active": False})
    assert "ada" in [user["username"] for user in admin.get("/users").json["data"]]
    assert "ada" not in [user["username"] for user in client.get("/api/v1/users").json["data"]]
