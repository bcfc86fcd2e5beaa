"""Posts with several authors: the owner and the co-authors."""

from __future__ import annotations

from typing import Any

import pytest

FUTURE = "2999-01-31T12:00:00Z"


def ids(reply) -> list[int]:
    assert reply.status_code == 200, reply.text
    return [post["id"] for post in reply.json["data"]]


def names(post: dict[str, Any]) -> list[str]:
    return [author["username"] for author in post["authors"]]


@pytest.fixture
def three(people):
    return [people(username=name) for name in ("ada", "bob", "cyd")]


def test_authors_are_the_owner_then_the_co_authors_in_order(three, client):
    ada, bob, cyd = three
    alone = ada.write()
    assert alone["authors"] == [alone["author"]]
    post = ada.write("Together", co_authors=[cyd.id, bob.id, cyd.id])
    assert post["author"] == {"id": ada.id, "username": "ada", "display_name": "ada"}
    assert names(post) == ["ada", "cyd", "bob"]
    assert client.get(f"/api/v1/posts/{post['id']}").json == post
    assert [names(shown) for shown in client.get("/api/v1/posts").json["data"]] == [names(post), ["ada"]]
    sparse = client.get("/api/v1/posts?fields=authors&limit=1").json["data"]
    assert sparse == [{"authors": post["authors"]}]


def test_patch_changes_co_authors_only_if_they_are_sent(three):
    ada, bob, cyd = three
    path = f"/posts/{ada.write(co_authors=[bob.id])['id']}"
    for body, expected in (
        ({"title": "New"}, ["ada", "bob"]),
        ({"co_authors": [cyd.id, bob.id]}, ["ada", "cyd", "bob"]),
        ({"co_authors": [bob.id, cyd.id]}, ["ada", "bob", "cyd"]),
        ({"co_authors": []}, ["ada"]),
        ({"co_authors": [cyd.id]}, ["ada", "cyd"]),
    ):
        assert names(ada.patch(path, json=body).json) == expected
    put = ada.put(path, json={"title": "x", "content": ""})
    assert names(put.json) == ["ada", "cyd"]
    assert names(ada.put(path, json={"title": "x", "content": "", "co_authors": []}).json) == ["ada"]


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ([999999], "/co_authors/0", "not_a_user"),
        (["self"], "/co_authors/0", "not_a_user"),
        ([0], "/co_authors/0", "out_of_range"),
        (["ada"], "/co_authors/0", "wrong_type"),
        (1, "/co_authors", "wrong_type"),
        (None, "/co_authors", "null"),
        (list(range(1, 52)), "/co_authors", "too_many"),
    ],
)
def test_an_invalid_co_author_is_reported(people, wrong, pointer, code):
    ada = people()
    post = ada.write()
    wrong = [ada.id] if wrong == ["self"] else wrong
    for reply in (
        ada.patch(f"/posts/{post['id']}", json={"co_authors": wrong}),
        ada.post("/posts", json={"title": "x", "content": "", "co_authors": wrong}),
    ):
        assert reply.status_code == 422
        assert [(fault["pointer"], fault["code"]) for fault in reply.json["errors"]] == [(pointer, code)]


@pytest.mark.parametrize(
    "status",
    [{"status": "draft"}, {"status": "published", "published_at": FUTURE}, {"status": "archived"}],
)
def test_co_authors_can_read_and_change_unpublished_posts(three, people, status):
    ada, bob, cyd = three
    post = ada.write("Plan", co_authors=[bob.id], **status)
    path = f"/posts/{post['id']}"
    assert bob.get(path).status_code == 200
    assert (
        ids(bob.get("/posts?status=all")) == ids(bob.get(f"/posts?status={post['status']}")) == [post["id"]]
    )
    assert ids(bob.get("/posts?status=all&author=ada")) == [post["id"]]
    assert ids(bob.get("/posts?status=all&author=bob&sort=title&total=true")) == [post["id"]]
    assert bob.patch(path, json={"title": "Better plan"}).json["title"] == "Better plan"
    # Sending the list of co-authors back unchanged is allowed.
    assert bob.patch(path, json={"co_authors": [bob.id]}).status_code == 200
    for stranger in (cyd, people("reader")):
        assert stranger.get(path).status_code == stranger.patch(path, json={"title": "x"}).status_code == 404
        assert ids(stranger.get("/posts?status=all")) == []
    ada.patch(path, json={"co_authors": []})
    assert bob.get(path).status_code == 404


def test_only_the_owner_and_editors_can_change_co_authors_and_delete(three, people):
    ada, bob, cyd = three
    post = ada.write(co_authors=[bob.id])
    path = f"/posts/{post['id']}"
    assert bob.patch(path, json={"co_authors": [bob.id, cyd.id]}).status_code == 403
    assert bob.delete(path).status_code == 403
    bulk = bob.post("/posts/bulk", json={"mode": "each", "operations": [{"op": "delete", "id": post["id"]}]})
    assert [result["status"] for result in bulk.json["results"]] == [403]
    editor = people("editor")
    assert names(editor.patch(path, json={"co_authors": [cyd.id, bob.id]}).json) == ["ada", "cyd", "bob"]
    assert ada.delete(path).status_code == 204
    assert ids(bob.get("/posts?trashed=true")) == []
    assert bob.post(f"{path}/restore").status_code == 404
    assert names(ada.post(f"{path}/restore").json) == ["ada", "cyd", "bob"]


def test_a_co_author_with_the_reader_role_is_listed_but_cannot_change_the_post(three, people):
    reader = people("reader")
    post = three[0].write(status="draft", co_authors=[reader.id])
    assert reader.get(f"/posts/{post['id']}").status_code == 200
    assert reader.patch(f"/posts/{post['id']}", json={"title": "x"}).status_code == 403


def test_bulk_operations_can_set_co_authors(three):
    ada, bob, cyd = three
    post = ada.write(co_authors=[bob.id])
    operations = [
        {"op": "create", "data": {"title": "New", "content": "", "co_authors": [cyd.id]}},
        {"op": "update", "id": post["id"], "data": {"co_authors": [cyd.id]}},
        {"op": "update", "id": post["id"], "data": {"co_authors": [cyd.id, bob.id]}},
    ]
    results = ada.post("/posts/bulk", json={"operations": operations}).json["results"]
    assert [names(result["data"]) for result in results] == [
        ["ada", "cyd"],
        ["ada", "cyd"],
        ["ada", "cyd", "bob"],
    ]
    changed = bob.post(f"/posts/bulk/update?author={ada.id}", json={"status": "archived"})
    assert changed.json["changed"] == 1


def test_lists_and_counts_of_an_author_include_co_authored_posts(three, client):
    ada, bob, cyd = three
    own, shared = bob.write("Own"), ada.write("Shared", co_authors=[bob.id])
    ada.write("Other")
    draft = ada.write("Draft", status="draft", co_authors=[bob.id])
    later = ada.write("Later", published_at=FUTURE, co_authors=[bob.id])
    for author in (bob.id, "bob", "BOB", "bob,cyd", f"{bob.id},{cyd.id}"):
        for more in ("", "&sort=published_at", "&sort=title", "&sort=-created_at", "&has_tags=false"):
            found = client.get(f"/api/v1/posts?author={author}&total=true{more}")
            assert sorted(ids(found)) == [own["id"], shared["id"]], (author, more)
            assert found.json["pagination"]["total"] == 2
    assert client.get(f"/api/v1/users/{bob.id}").json["post_count"] == 2
    for post in (draft, later):
        ada.patch(
            f"/posts/{post['id']}", json={"status": "published", "published_at": "2020-01-01T00:00:00Z"}
        )
    assert len(ids(client.get("/api/v1/posts?author=bob"))) == 4
    ada.delete(f"/posts/{shared['id']}")
    assert client.get(f"/api/v1/users/{bob.id}").json["post_count"] == 3


def test_paging_by_author_returns_each_post_once_in_both_directions(three, client):
    ada, bob, _ = three
    for n in range(7):
        (ada if n % 2 else bob).write(f"Post {n}", co_authors=[(bob if n % 2 else ada).id])
    for sort in ("-published_at", "published_at", "created_at", "-created_at", "title", "-updated_at"):
        walked: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            query = f"author=bob&sort={sort}&limit=3" + (f"&cursor={cursor}" if cursor else "")
            page = client.get(f"/api/v1/posts?{query}")
            walked += ids(page)
            cursor = page.json["pagination"]["next_cursor"]
        assert walked == ids(client.get(f"/api/v1/posts?author=bob&sort={sort}"))
        assert len(set(walked)) == 7


def test_changing_the_co_authors_changes_the_version_of_the_post(three):
    ada, bob, cyd = three
    path = f"/posts/{ada.write(co_authors=[bob.id])['id']}"
    tag = ada.get(path).headers["ETag"]
    same = ada.patch(path, json={"co_authors": [bob.id]}, headers={"If-Match": tag})
    assert same.headers["ETag"] == tag
    changed = ada.patch(path, json={"co_authors": [cyd.id]}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert ada.patch(path, json={"co_authors": []}, headers={"If-Match": tag}).status_code == 412


def test_cached_responses_reflect_changed_co_authors(three, client):
    ada, bob, _ = three
    path = f"/posts/{ada.write()['id']}"
    for _ in range(3):
        client.get(f"/api/v1{path}")
    ada.patch(path, json={"co_authors": [bob.id]})
    assert names(client.get(f"/api/v1{path}").json) == ["ada", "bob"]


def test_deleting_a_co_author_removes_them_and_changes_the_version(three, people, client):
    ada, bob, cyd = three
    path = f"/posts/{ada.write(co_authors=[bob.id, cyd.id])['id']}"
    tag = ada.get(path).headers["ETag"]
    assert bob.delete(f"/users/{bob.id}").status_code == 204
    assert names(client.get(f"/api/v1{path}").json) == ["ada", "cyd"]
    assert ada.patch(path, json={"title": "x"}, headers={"If-Match": tag}).status_code == 412
    assert ada.delete(f"/users/{ada.id}").status_code == 409
    assert people("admin").delete(f"/users/{ada.id}?reassign_to={cyd.id}").status_code == 204
    assert names(client.get(f"/api/v1{path}").json) == ["cyd"]


def test_an_erased_co_author_stays_anonymously(three, client):
    ada, bob, _ = three
    post = ada.write(co_authors=[bob.id])
    assert bob.delete(f"/users/{bob.id}?anonymise=true").status_code == 204
    authors = client.get(f"/api/v1/posts/{post['id']}").json["authors"]
    assert [author["display_name"] for author in authors] == ["ada", "Deleted user"]


def test_a_page_takes_one_query_for_any_number_of_authors(three, client, count_queries):
    ada, bob, cyd = three
    for n in range(5):
        ada.write(f"Post {n}", co_authors=[bob.id, cyd.id])
    with count_queries() as queries:
        assert len(ids(client.get("/api/v1/posts?author=cyd"))) == 5
    assert len(queries) == 1
