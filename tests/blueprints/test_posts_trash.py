"""The trash: deleted posts appear only there, and can be restored or permanently deleted."""

from __future__ import annotations

import pytest


def ids(reply) -> list[int]:
    assert reply.status_code == 200, reply.text
    return [post["id"] for post in reply.json["data"]]


@pytest.fixture
def delete():
    """Move a post to the trash."""

    def to_trash(person, post) -> None:
        assert person.delete(f"/posts/{post['id']}").status_code == 204

    return to_trash


def test_the_owner_and_editors_see_the_trash_with_the_latest_deletion_first(people, client, delete):
    ada, bob, editor, admin = people(), people(), people("editor"), people("admin")
    kept, *gone = (ada.write(f"Post {n}", status=("draft", "published")[n % 2]) for n in range(4))
    for post in gone:
        delete(ada, post)
    expected = sorted((post["id"] for post in gone), reverse=True)
    for person, seen in ((ada, expected), (editor, expected), (admin, expected), (bob, [])):
        page = person.get("/posts?trashed=true&total=true")
        assert ids(page) == seen
        assert page.json["pagination"]["total"] == len(seen)
    assert client.get("/api/v1/posts?trashed=true").status_code == 401
    assert ids(ada.get("/posts?trashed=false&status=all")) == [kept["id"]]


def test_the_trash_supports_filters_sorts_and_cursors(people, delete):
    ada = people()
    gone = [ada.write(f"Post {n}", tags=["x"] if n % 2 else []) for n in range(5)]
    gone.append(ada.write("Draft", status="draft"))
    gone.append(ada.write("Later", published_at="2999-01-01T00:00:00Z"))
    for post in gone:
        delete(ada, post)
    assert ids(ada.get("/posts?trashed=true&tag=x&sort=title")) == [gone[1]["id"], gone[3]["id"]]
    assert ids(ada.get("/posts?trashed=true&status=draft")) == [gone[5]["id"]]
    assert ids(ada.get("/posts?trashed=true&status=scheduled")) == [gone[6]["id"]]
    assert ids(ada.get("/posts?trashed=true&status=archived")) == []
    assert len(ids(ada.get("/posts?trashed=true&status=published"))) == 5
    for sort in ("-updated_at", "published_at", "-published_at", "created_at", "title"):
        walked: list[int] = []
        path = f"/posts?trashed=true&sort={sort}&limit=2"
        cursor: str | None = ""
        while cursor is not None:
            page = ada.get(path + (f"&cursor={cursor}" if cursor else ""))
            walked += ids(page)
            cursor = page.json["pagination"]["next_cursor"]
        assert sorted(walked) == sorted(post["id"] for post in gone), sort


def test_a_restored_post_is_complete_and_listed_again(people, client, delete):
    ada = people()
    post = ada.write("Hello", tags=["x", "y"], summary="Short.")
    delete(ada, post)
    assert client.get("/api/v1/posts?tag=x").json["data"] == []
    reply = ada.post(f"/posts/{post['id']}/restore")
    assert reply.status_code == 200
    assert reply.json == post | {"updated_at": reply.json["updated_at"], "slug_changed": False}
    again = client.get("/api/v1/posts/slug/hello")
    assert again.json == {name: value for name, value in reply.json.items() if name != "slug_changed"}
    # If-Match compares only the version, so the ETag of the restored post works for the next change.
    changed = ada.patch(
        f"/posts/{post['id']}", json={"title": "New"}, headers={"If-Match": reply.headers["ETag"]}
    )
    assert changed.status_code == 200
    assert [found["post_count"] for found in client.get("/api/v1/tags").json["data"]] == [1, 1]
    assert ids(ada.get("/posts?trashed=true")) == []


@pytest.mark.parametrize("asked", [True, False])
def test_a_restored_draft_gets_a_new_slug_if_its_old_one_is_taken(people, delete, asked):
    ada = people()
    post = ada.write("Hello", status="draft")
    delete(ada, post)
    other = ada.write("Hello", **({"slug": "hello"} if asked else {}))
    assert other["slug"] == post["slug"] == "hello"
    reply = ada.post(f"/posts/{post['id']}/restore")
    assert (reply.status_code, reply.json["slug"], reply.json["slug_changed"]) == (200, "hello-2", True)
    assert ada.get("/posts/slug/hello").json["id"] == other["id"]
    assert ada.get("/posts/slug/hello-2").json["id"] == post["id"]


def test_slugs_of_drafts_in_the_trash_do_not_block_others(people, delete):
    ada = people()
    first, second = ada.write("Hello", status="draft"), ada.write("Hello", status="draft")
    for post in (first, second):
        delete(ada, post)
    third = ada.write("Hello", status="draft")
    delete(ada, third)
    assert [post["slug"] for post in (first, second, third)] == ["hello", "hello-2", "hello"]
    restored = [ada.post(f"/posts/{post['id']}/restore").json for post in (first, third)]
    # Two drafts in the trash had the slug "hello", and another one there still has "hello-2".
    assert [(post["slug"], post["slug_changed"]) for post in restored] == [
        ("hello", False),
        ("hello-2", True),
    ]


def test_a_restored_public_post_has_kept_its_slug(people, delete):
    ada = people()
    post = ada.write("Hello")
    delete(ada, post)
    assert ada.write("Hello")["slug"] == "hello-2"
    reply = ada.post(f"/posts/{post['id']}/restore")
    assert (reply.json["slug"], reply.json["slug_changed"]) == ("hello", False)


def test_only_the_owner_and_editors_can_restore_a_post(people, client, delete):
    ada, admin = people(), people("admin")
    post = ada.write()
    delete(ada, post)
    path = f"/posts/{post['id']}/restore"
    assert client.post(f"/api/v1{path}").status_code == 401
    for stranger in (people(), people("reader")):
        for address in (path, "/posts/999999/restore"):
            reply = stranger.post(address)
            assert reply.status_code == 404
            assert reply.json["detail"] == "The post is not in the trash, or you may not see it."
    assert admin.patch(f"/users/{ada.id}", json={"role": "reader"}).status_code == 200
    assert ada.post(path).status_code == 403
    assert people("editor").post(path).status_code == 200
    # It is no longer in the trash.
    assert admin.post(path).status_code == 404


def test_a_retried_restore_returns_the_same_response(people, delete):
    ada = people()
    post = ada.write()
    delete(ada, post)
    replies = [
        ada.post(f"/posts/{post['id']}/restore", headers={"Idempotency-Key": "once"}) for _ in range(2)
    ]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert replies[0].json == replies[1].json


@pytest.mark.parametrize("trashed", [True, False])
def test_only_admins_can_delete_permanently(people, delete, trashed):
    ada, editor, admin = people(), people("editor"), people("admin")
    post = ada.write(tags=["x"])
    if trashed:
        delete(ada, post)
    path = f"/posts/{post['id']}?force=true"
    assert [person.delete(path).status_code for person in (ada, editor, admin, admin)] == [403, 403, 204, 404]
    assert ids(admin.get("/posts?trashed=true")) == []
    assert admin.post(f"/posts/{post['id']}/restore").status_code == 404
    assert ada.delete(f"/users/{ada.id}").status_code == 204


def test_if_match_is_checked_before_a_permanent_deletion(people):
    admin = people("admin")
    post = admin.write()
    path = f"/posts/{post['id']}"
    tag = admin.get(path).headers["ETag"]
    admin.patch(path, json={"title": "New"})
    assert admin.delete(f"{path}?force=true", headers={"If-Match": tag}).status_code == 412
    tag = admin.get(path).headers["ETag"]
    assert admin.delete(f"{path}?force=true", headers={"If-Match": tag}).status_code == 204


def test_force_false_moves_a_post_to_the_trash(people):
    ada = people()
    post = ada.write()
    assert ada.delete(f"/posts/{post['id']}?force=false").status_code == 204
    assert ids(ada.get("/posts?trashed=true")) == [post["id"]]


def test_a_page_of_the_trash_takes_one_query(people, delete, count_queries):
    ada = people()
    for n in range(3):
        delete(ada, ada.write(f"Post {n}", tags=["x"]))
    with count_queries() as queries:
        assert len(ids(ada.get("/posts?trashed=true"))) == 3
    assert len(queries) == 2  # the viewer and the page
