"""Tests that slugs of public posts stay reserved and redirect, and that those of new drafts follow the title."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.apps import statuses

SLUG = "/api/v1/posts/slug"


def redirect(client, slug, **options):
    """Return the target of the redirect from a slug, or the status if there is none."""
    reply = client.get(f"{SLUG}/{slug}", **options)
    return reply.headers["Location"] if reply.status_code == 308 else reply.status_code


def rename(person, post, slug):
    reply = person.patch(f"/posts/{post['id']}", json={"slug": slug})
    assert (reply.status_code, reply.json.get("slug")) == (200, slug), reply.text


def refuses(person, slug):
    reply = person.post("/posts", json={"title": "x", "content": "", "slug": slug})
    return (reply.status_code, reply.json["errors"][0]["pointer"]) == (409, "/slug")


def test_a_former_slug_redirects_to_the_present_one(people, client):
    ada = people()
    post = ada.write(slug="one")
    # The third response is a cached one, and a rename ends it at once.
    assert [client.get(f"{SLUG}/one").status_code for _ in range(3)] == [200] * 3
    for slug in ("two", "three"):
        rename(ada, post, slug)
        for former in {"one": ("one",), "two": ("one",), "three": ("one", "two")}[slug]:
            for _ in range(3):
                reply = client.get(f"{SLUG}/{former}")
                assert (reply.status_code, reply.data) == (308, b"")
                assert reply.headers["Location"] == f"{SLUG}/{slug}"
                assert reply.headers["Cache-Control"] == "no-cache"
    assert client.head(f"{SLUG}/one").status_code == 308
    assert client.get(f"{SLUG}/one", headers={"If-None-Match": "*"}).status_code == 308
    assert client.get(f"{SLUG}/one", follow_redirects=True).json["id"] == post["id"]


def test_renaming_back_removes_the_redirect(people, client):
    ada = people()
    post = ada.write(slug="one")
    rename(ada, post, "two")
    assert redirect(client, "one") == f"{SLUG}/two"
    rename(ada, post, "one")
    assert [redirect(client, slug) for slug in ("one", "two")] == [200, f"{SLUG}/one"]


def test_the_redirect_has_the_public_address(people, make_client):
    ada, client = people(), make_client(PUBLIC_URL="https://example.com/blog")
    rename(ada, ada.write(slug="one"), "two")
    assert redirect(client, "one") == "https://example.com/blog/api/v1/posts/slug/two"


@pytest.mark.parametrize("status", ["draft", "archived", "trashed", "scheduled"])
def test_a_former_slug_of_a_post_that_is_no_longer_public_is_hidden_but_reserved(people, client, status):
    ada, stranger = people(), people()
    post = ada.write(slug="one")
    rename(ada, post, "two")
    if status == "trashed":
        assert ada.delete(f"/posts/{post['id']}").status_code == 204
    else:
        later = {"published_at": "2999-01-01T00:00:00Z"} if status == "scheduled" else {}
        assert ada.patch(f"/posts/{post['id']}", json={"status": status} | later).status_code == 200
    for slug in ("one", "two"):
        assert redirect(client, slug) == 404
        assert redirect(client, slug, headers=stranger.headers) == 404
        assert refuses(stranger, slug)
    assert redirect(client, "one", headers=ada.headers) == (404 if status == "trashed" else f"{SLUG}/two")


def test_a_slug_that_was_never_public_is_free_at_once(people, client):
    ada = people()
    for status in ({"status": "draft"}, {"status": "published", "published_at": "2999-01-01T00:00:00Z"}):
        post = ada.write(slug="one", **status)
        rename(ada, post, "two")
        assert redirect(client, "one", headers=ada.headers) == 404
        other = ada.write(slug="one")
        assert ada.delete(f"/posts/{post['id']}").status_code == 204
        assert ada.write(slug="two", status="draft")["slug"] == "two"
        admin = people("admin")
        for gone in (other, *admin.get("/posts?status=all").json["data"]):
            admin.delete(f"/posts/{gone['id']}?force=true")


def test_a_scheduled_post_that_came_due_keeps_its_slug(people, client, sql):
    ada = people()
    post = ada.write(slug="one", published_at="2999-01-01T00:00:00Z")
    # As if that time had come: nothing is written when it does.
    due = datetime.now(UTC) - timedelta(hours=1)
    sql("UPDATE posts SET published_at = :due", due=due)
    rename(ada, post, "two")
    assert redirect(client, "one") == f"{SLUG}/two"


def test_automatic_slugs_avoid_reserved_ones(people):
    ada, bob = people(), people()
    post = ada.write("Hello")
    rename(ada, post, "other")
    assert bob.write("Hello")["slug"] == "hello-2"
    bulk = {"mode": "atomic", "operations": [{"op": "create", "data": {"title": "Hello", "content": ""}}] * 2}
    results = bob.post("/posts/bulk", json=bulk).json["results"]
    assert [result["data"]["slug"] for result in results] == ["hello-3", "hello-4"]


def test_purging_a_post_frees_all_its_slugs(people, client):
    admin = people("admin")
    post = admin.write(slug="one")
    rename(admin, post, "two")
    assert admin.delete(f"/posts/{post['id']}?force=true").status_code == 204
    assert [redirect(client, slug) for slug in ("one", "two")] == [404, 404]
    assert [admin.write(slug=slug)["slug"] for slug in ("one", "two")] == ["one", "two"]


def test_editors_release_reserved_slugs(people, client):
    ada, stranger, editor = people(), people(), people("editor")
    post = ada.write(slug="one")
    rename(ada, post, "two")
    path = f"/posts/{post['id']}/former-slugs"
    assert client.delete(f"/api/v1{path}/one").status_code == 401
    assert [person.delete(f"{path}/one").status_code for person in (ada, stranger)] == [403, 403]
    assert [editor.delete(f"{path}/{slug}").status_code for slug in ("two", "three")] == [404, 404]
    assert [editor.delete(f"{path}/one").status_code for _ in range(2)] == [204, 404]
    assert redirect(client, "one") == 404
    assert stranger.write(slug="one")["slug"] == "one"
    assert ada.delete(f"/posts/{post['id']}").status_code == 204
    assert editor.delete(f"{path}/two").status_code == 204
    assert stranger.write(slug="two")["slug"] == "two"
    assert ada.post(f"/posts/{post['id']}/restore").json["slug"] == "two-2"


@pytest.mark.parametrize("status", ["draft", "scheduled"])
def test_the_automatic_slug_of_a_post_that_was_never_public_follows_its_title(people, status):
    ada = people()
    ada.write("Taken")
    later = {"published_at": "2999-01-01T00:00:00Z"} if status == "scheduled" else {}
    post = ada.write("Untitled", status=status, **later)
    path = f"/posts/{post['id']}"
    for title, slug in (("First", "first"), ("FIRST!", "first"), ("Taken", "taken-2"), ("Last", "last")):
        reply = ada.patch(path, json={"title": title, "summary": title, "tags": [title]})
        assert (reply.status_code, reply.json["slug"]) == (200, slug)
    assert reply.headers["ETag"].startswith('"5-')
    assert ada.get("/posts/slug/last").json == reply.json
    assert ada.put(path, json={"title": "Put", "content": ""}).json["slug"] == "put"
    published = ada.patch(
        path, json={"title": "Live", "status": "published", "published_at": "2020-01-01T00:00:00Z"}
    )
    assert published.json["slug"] == "live"
    assert ada.patch(path, json={"title": "Later"}).json["slug"] == "live"
    assert ada.patch(path, json={"status": "draft", "title": "Draft again"}).json["slug"] == "live"


def test_a_slug_that_was_asked_for_does_not_follow_the_title(people):
    ada = people()
    post = ada.write("Hello", slug="hello", status="draft")
    assert ada.patch(f"/posts/{post['id']}", json={"title": "Other"}).json["slug"] == "hello"
    post = ada.write("Again", status="draft")
    assert ada.patch(f"/posts/{post['id']}", json={"title": "One", "slug": "again"}).json["slug"] == "again"
    assert ada.patch(f"/posts/{post['id']}", json={"title": "Two"}).json["slug"] == "again"


def test_bulk_operations_reserve_and_follow_slugs(people, client):
    ada = people()
    live, draft = ada.write("Live"), ada.write("Draft", status="draft")
    operations = [
        {"op": "update", "id": live["id"], "data": {"slug": "lively"}},
        {"op": "update", "id": draft["id"], "data": {"title": "Live"}},
    ]
    reply = ada.post("/posts/bulk", json={"mode": "atomic", "operations": operations})
    assert [result["data"]["slug"] for result in reply.json["results"]] == ["lively", "live-2"]
    assert redirect(client, "live") == f"{SLUG}/lively"
    assert ada.post("/posts/bulk/update?status=all", json={"status": "archived"}).json["changed"] == 2
    assert redirect(client, "live") == 404
    assert refuses(people(), "live")


def test_concurrent_drafts_get_different_slugs_for_one_title(people, concurrently):
    ada = people()
    posts = [ada.write(f"Draft {number}", status="draft") for number in range(8)]
    requests = [(ada, "PATCH", f"/posts/{post['id']}", {"title": "Same"}) for post in posts]
    replies = concurrently(requests)
    assert statuses(replies) == {200: 8}
    assert len({reply.json["slug"] for reply in replies}) == 8


def test_nobody_gets_the_slug_of_a_public_post_while_it_is_renamed(people, concurrently):
    ada, bob = people(), people()
    for number in range(5):
        post = ada.write(slug=f"wanted-{number}")
        take = {"title": "x", "content": "", "slug": f"wanted-{number}"}
        requests = [
            (ada, "PATCH", f"/posts/{post['id']}", {"slug": f"other-{number}"}),
            *[(bob, "POST", "/posts", take)] * 4,
        ]
        assert [reply.status_code for reply in concurrently(requests)] == [200, 409, 409, 409, 409]
