"""Contributors write and ask for review; authors and editors publish."""

from __future__ import annotations

import pytest

FUTURE = "2999-01-01T00:00:00Z"
DRAFT = {"title": "Hello", "content": "Text."}


@pytest.fixture
def carla(people):
    return people("contributor")


@pytest.fixture
def editor(people):
    return people("editor")


def path(post):
    return f"/posts/{post['id']}"


def test_a_contributor_writes_a_post_and_an_editor_publishes_it(carla, editor, client):
    post = carla.write(status="draft")
    assert carla.patch(path(post), json={"title": "Better", "tags": ["new"]}).json["title"] == "Better"
    asked = carla.patch(path(post), json={"status": "pending"})
    assert (asked.status_code, asked.json["status"]) == (200, "pending")
    assert carla.patch(path(post), json={"content": "More."}).json["status"] == "pending"
    assert client.get(f"/api/v1{path(post)}").status_code == 404
    for person in (carla, editor):
        assert [found["id"] for found in person.get("/posts?status=pending").json["data"]] == [post["id"]]
        assert person.get("/posts?status=draft").json["data"] == []
    assert client.get("/api/v1/posts?status=pending").status_code == 401
    assert editor.patch(path(post), json={"status": "published"}).status_code == 200
    assert client.get(f"/api/v1{path(post)}").json["author"]["id"] == carla.id


@pytest.mark.parametrize("status", ["published", "scheduled", "archived"])
def test_a_contributor_cannot_publish_in_any_way(carla, client, status):
    time = {"published_at": FUTURE} if status == "scheduled" else {}
    body = DRAFT | {"status": status} | time
    post = carla.write(status="draft")
    update = {"op": "update", "id": post["id"], "data": {"status": status} | time}
    requests = [
        ("POST", "/posts", body),
        ("PATCH", path(post), {"status": status} | time),
        ("PUT", path(post), body),
        ("POST", "/posts/bulk", {"mode": "atomic", "operations": [{"op": "create", "data": body}]}),
        ("POST", "/posts/bulk", {"mode": "atomic", "operations": [update]}),
    ]
    if status != "scheduled":
        requests.append(("POST", "/posts/bulk/update?status=draft", {"status": status}))
    for method, address, sent in requests:
        reply = carla.request(method, address, json=sent)
        assert (reply.status_code, reply.json["type"]) == (403, "/problems/forbidden"), (method, address)
        assert "pending" in reply.json["detail"]
    assert carla.get(path(post)).json["status"] == "draft"
    assert client.get("/api/v1/posts").json["data"] == []


@pytest.mark.parametrize(
    "change", [{"status": "published"}, {"status": "archived"}, {"published_at": FUTURE}]
)
def test_a_contributor_cannot_change_a_post_after_its_review(carla, editor, change):
    post = carla.write(status="pending")
    assert editor.patch(path(post), json={"status": "published"} | change).status_code == 200
    requests = [
        ("PATCH", path(post), {"title": "Other"}),
        ("PATCH", path(post), {"status": "draft"}),
        ("PATCH", path(post), {"co_authors": [editor.id]}),
        ("PUT", path(post), DRAFT),
        ("DELETE", path(post), None),
    ]
    for method, address, sent in requests:
        assert carla.request(method, address, json=sent).status_code == 403, (method, sent)
    bulk = {"add_tags": ["x"]}
    assert carla.post("/posts/bulk/update?status=all", bulk).json["changed"] == 0
    assert carla.get(path(post)).json["title"] == post["title"]


def test_a_contributor_edits_a_draft_as_co_author(carla, people):
    ada = people()
    post = ada.write(status="draft", co_authors=[carla.id])
    assert carla.patch(path(post), json={"title": "Ours"}).status_code == 200
    assert carla.patch(path(post), json={"status": "pending"}).status_code == 200
    assert carla.patch(path(post), json={"co_authors": [people().id]}).status_code == 403
    assert carla.delete(path(post)).status_code == 403
    assert ada.patch(path(post), json={"status": "published"}).status_code == 200
    assert carla.patch(path(post), json={"title": "Mine"}).status_code == 403
    assert carla.patch(path(post), json={"co_authors": []}).status_code == 200


def test_a_contributor_can_trash_an_own_draft_but_restores_nothing(carla, editor):
    post = carla.write(status="draft")
    assert carla.delete(path(post)).status_code == 204
    assert [found["id"] for found in carla.get("/posts?trashed=true").json["data"]] == [post["id"]]
    assert carla.post(f"{path(post)}/restore").status_code == 403
    assert editor.post(f"{path(post)}/restore").status_code == 200
    assert carla.get(path(post)).json["status"] == "draft"


def test_an_author_demoted_to_contributor_keeps_only_unpublished_posts(people):
    ada, admin = people(), people("admin")
    draft, published = ada.write(status="draft"), ada.write()
    assert admin.patch(f"/users/{ada.id}", json={"role": "contributor"}).json["role"] == "contributor"
    assert ada.patch(path(draft), json={"title": "x"}).status_code == 200
    assert ada.patch(path(published), json={"title": "x"}).status_code == 403


def test_a_contributor_changes_neither_tags_nor_posts_of_others(carla, people):
    draft, public = people().write(status="draft"), people().write(tags=["a"])
    assert carla.patch(path(draft), json={"title": "x"}).status_code == 404
    assert carla.patch(path(public), json={"title": "x"}).status_code == 403
    assert carla.post("/tags", {"name": "x"}).status_code == 403


def test_pending_posts_are_counted_separately(carla, editor):
    carla.write(status="pending")
    carla.write(status="draft")
    for person in (carla, editor):
        statuses = person.get("/stats").json["statuses"]
        assert statuses == {"draft": 1, "pending": 1, "scheduled": 0, "published": 0, "archived": 0}


def test_new_accounts_can_be_contributors(make_client):
    account = {"username": "grace", "email": "grace@example.com", "password": "correct horse battery"}
    reply = make_client(DEFAULT_ROLE="contributor").post("/api/v1/auth/register", json=account)
    assert reply.json["role"] == "contributor"
