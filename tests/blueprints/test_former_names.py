"""Tests of tags by slug and users by username, and of their former slugs and usernames."""

from __future__ import annotations

import pytest

TAGS, USERS = "/api/v1/tags/slug", "/api/v1/users/by-username"


def redirect(client, path, **options):
    """Return the target of the redirect from a path, or the status if there is none."""
    reply = client.get(path, **options)
    return reply.headers["Location"] if reply.status_code == 308 else reply.status_code


@pytest.fixture
def editor(people):
    return people("editor")


def tag_of(person, name, **fields):
    """Write a post with one tag, and return the tag."""
    return person.write(name, tags=[name], **fields)["tags"][0]


def test_a_tag_is_found_by_its_slug(people, client):
    tag = tag_of(people(), "Open Source")
    for _ in range(3):
        reply = client.get(f"{TAGS}/open-source")
        assert reply.json == client.get(f"/api/v1/tags/{tag['id']}").json
    assert reply.headers["ETag"] == client.get(f"/api/v1/tags/{tag['id']}").headers["ETag"]
    assert client.get(f"{TAGS}/nothing").status_code == 404
    assert client.get(f"{TAGS}/Not-A-Slug").status_code == 404


def test_a_former_slug_of_a_tag_redirects_and_filters(people, editor, client):
    tag = tag_of(people(), "One")
    tag_of(people(), "Other")
    for slug in ("two", "three"):
        assert client.get(f"{TAGS}/{tag['slug']}").status_code in (200, 308)
        assert editor.patch(f"/tags/{tag['id']}", json={"slug": slug}).status_code == 200
    for former in ("one", "two"):
        assert redirect(client, f"{TAGS}/{former}") == f"{TAGS}/three"
        for query in (f"tag={former}", f"any_tag={former},none", f"tag=three&tag={former}"):
            for _ in range(3):
                titles = [post["title"] for post in client.get(f"/api/v1/posts?{query}").json["data"]]
                assert titles == ["One"], query
        titles = [post["title"] for post in client.get(f"/api/v1/posts?without_tag={former}").json["data"]]
        assert titles == ["Other"]
    assert editor.post("/tags", json={"name": "New", "slug": "one"}).status_code == 409
    assert tag_of(people(), "one ", slug="x")["slug"] == "three"
    assert tag_of(people(), "Two")["slug"] == "two-2"
    assert editor.patch(f"/tags/{tag['id']}", json={"slug": "one"}).status_code == 200
    assert [redirect(client, f"{TAGS}/{slug}") for slug in ("one", "three")] == [200, f"{TAGS}/one"]


def test_the_slugs_of_a_merged_tag_lead_to_the_other_one(people, editor, client):
    first, second, third = (tag_of(people(), name) for name in ("One", "Two", "Three"))
    assert editor.patch(f"/tags/{first['id']}", json={"slug": "uno"}).status_code == 200
    for gone, into in ((first, second), (second, third)):
        assert editor.post(f"/tags/{gone['id']}/merge", json={"into": into["id"]}).status_code == 200
    for former in ("one", "uno", "two"):
        assert redirect(client, f"{TAGS}/{former}") == f"{TAGS}/three"
        assert len(client.get(f"/api/v1/posts?tag={former}").json["data"]) == 3
    assert editor.delete(f"/tags/{third['id']}").status_code == 204
    assert redirect(client, f"{TAGS}/one") == 404
    assert tag_of(people(), "One")["slug"] == "one"


def test_the_slug_of_a_tag_that_was_never_public_is_free_at_once(people, editor, client):
    tag, other = tag_of(people(), "One", status="draft"), tag_of(people(), "Other", status="draft")
    assert redirect(client, f"{TAGS}/one") == 404
    assert editor.patch(f"/tags/{tag['id']}", json={"slug": "two"}).status_code == 200
    assert editor.post("/tags", json={"name": "New", "slug": "one"}).status_code == 201
    assert editor.post(f"/tags/{tag['id']}/merge", json={"into": other["id"]}).status_code == 200
    assert editor.post("/tags", json={"name": "Newer", "slug": "two"}).status_code == 201


def test_the_slug_of_a_tag_that_is_no_longer_public_stays_reserved(people, editor, client):
    ada = people()
    post = ada.write(tags=["One"])
    assert ada.patch(f"/posts/{post['id']}", json={"status": "draft"}).status_code == 200
    assert editor.patch(f"/tags/{post['tags'][0]['id']}", json={"slug": "two"}).status_code == 200
    assert redirect(client, f"{TAGS}/one") == 404
    assert redirect(client, f"{TAGS}/one", headers=editor.headers) == f"{TAGS}/two"
    assert editor.post("/tags", json={"name": "New", "slug": "one"}).status_code == 409


def test_editors_release_former_slugs_of_tags(people, editor, client):
    ada = people()
    tag = tag_of(ada, "One")
    assert editor.patch(f"/tags/{tag['id']}", json={"slug": "two"}).status_code == 200
    path = f"/tags/{tag['id']}/former-slugs"
    assert ada.delete(f"{path}/one").status_code == 403
    assert [editor.delete(f"{path}/{slug}").status_code for slug in ("two", "one", "one")] == [404, 204, 404]
    assert redirect(client, f"{TAGS}/one") == 404
    assert editor.post("/tags", json={"name": "New", "slug": "one"}).status_code == 201


def test_a_user_is_found_by_username_in_any_case(people, client):
    ada, reader = people(username="Ada.L"), people("reader", username="hopper")
    ada.write()
    for name in ("Ada.L", "ada.l", "ADA.L"):
        assert client.get(f"{USERS}/{name}").json == client.get(f"/api/v1/users/{ada.id}").json
    assert ada.get("/users/by-username/ada.l").json == ada.get("/users/me").json
    assert client.get(f"{USERS}/hopper").status_code == 404
    assert ada.get("/users/by-username/hopper").json["id"] == reader.id
    for name in ("nobody", "ab", "a" * 51, "with%20space", "%00abc"):
        assert client.get(f"{USERS}/{name}").status_code == 404


def test_a_former_username_redirects_and_stays_reserved(people, client):
    ada, admin = people(username="ada"), people("admin")
    ada.write()
    assert [client.get(f"{USERS}/ada").status_code for _ in range(3)] == [200] * 3
    for name in ("lovelace", "ada.l"):
        assert ada.patch("/users/me", json={"username": name}).status_code == 200
    for former in ("ada", "ADA", "Lovelace"):
        reply = client.get(f"{USERS}/{former}")
        assert (reply.status_code, reply.headers["Location"]) == (308, f"{USERS}/ada.l")
        account = {"username": former, "email": "x@example.com", "password": "correct horse battery"}
        refused = client.post("/api/v1/auth/register", json=account)
        assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (409, "/username")
        taken = admin.patch("/users/me", json={"username": former})
        assert (taken.status_code, taken.json["errors"][0]["pointer"]) == (409, "/username")
    assert ada.patch("/users/me", json={"username": "ADA"}).status_code == 200
    assert [redirect(client, f"{USERS}/{name}") for name in ("ada", "ada.l")] == [200, f"{USERS}/ADA"]


def test_former_usernames_of_hidden_and_anonymised_accounts_do_not_redirect(people, client):
    ada, admin = people(username="ada"), people("admin")
    assert ada.patch("/users/me", json={"username": "lovelace"}).status_code == 200
    assert redirect(client, f"{USERS}/ada") == 404
    assert redirect(client, f"{USERS}/ada", headers=admin.headers) == f"{USERS}/lovelace"
    ada.write()
    assert redirect(client, f"{USERS}/ada") == f"{USERS}/lovelace"
    assert ada.delete(f"/users/{ada.id}?anonymise=true").status_code == 204
    for name in ("ada", "lovelace"):
        assert redirect(client, f"{USERS}/{name}") == 404
        assert redirect(client, f"{USERS}/{name}", headers=admin.headers) == 404
        account = {"username": name, "email": "x@example.com", "password": "correct horse battery"}
        assert client.post("/api/v1/auth/register", json=account).status_code == 409


def test_the_names_of_a_deleted_account_are_free(people, client):
    ada, admin = people(username="ada"), people("admin")
    assert ada.patch("/users/me", json={"username": "lovelace"}).status_code == 200
    assert admin.delete(f"/users/{ada.id}").status_code == 204
    for name in ("ada", "lovelace"):
        assert people(username=name).username == name
