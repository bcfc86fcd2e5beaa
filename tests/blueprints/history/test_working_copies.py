"""Tests of working copies: saving, reading, discarding and publishing."""

from __future__ import annotations

import pytest

from blog_api.schemas.revisions import WRITABLE
from tests.blueprints.history.helpers import revisions_of


def test_the_first_save_creates_the_copy_from_the_post(ada, post, path, copy):
    assert ada.get(copy).status_code == 404
    reply = ada.patch(copy, json={"content": "Mine."})
    assert reply.status_code == 200, reply.text
    assert set(reply.json) == {*WRITABLE, "base_version", "updated_at", "author"}
    assert {name: reply.json[name] for name in ("title", "content", "tags", "slug", "status")} == {
        "title": "Hello",
        "content": "Mine.",
        "tags": ["Python"],
        "slug": "hello",
        "status": "published",
    }
    assert reply.json["base_version"] == 1
    assert reply.json["author"] == {"id": ada.id, "username": "ada", "display_name": "ada"}
    assert reply.headers["ETag"].startswith('"w1-')
    read = ada.get(copy)
    assert (read.json, read.headers["ETag"]) == (reply.json, reply.headers["ETag"])
    assert ada.get(copy, headers={"If-None-Match": read.headers["ETag"]}).status_code == 304


def test_saving_changes_nothing_that_others_see(client, ada, path, copy):
    before = ada.get(path)
    change = {"content": "Mine.", "slug": "mine", "tags": ["Secret"], "title": "Mine"}
    ada.patch(copy, json=change)
    after = ada.get(path)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
    assert client.get("/api/v1/posts/slug/mine").status_code == 404
    assert [tag["name"] for tag in client.get("/api/v1/tags").json["data"]] == ["Python"]
    assert client.get("/api/v1/posts?q=mine").json["data"] == []
    assert ada.write("Mine", slug="mine")["slug"] == "mine"


def test_publishing_updates_the_post_and_ends_the_copy(client, ada, post, path, copy):
    etag = ada.patch(copy, json={"content": "Mine.", "tags": ["New"], "slug": "mine"}).headers["ETag"]
    reply = ada.post(f"{copy}/publish", headers={"If-Match": etag})
    assert reply.status_code == 200, reply.text
    assert (reply.json["content"], reply.json["slug"]) == ("Mine.", "mine")
    assert [tag["name"] for tag in reply.json["tags"]] == ["New"]
    assert reply.json["published_at"] == post["published_at"]
    assert reply.headers["ETag"].startswith('"2-')
    assert client.get(f"/api/v1{path}").json == reply.json
    assert ada.get(copy).status_code == 404
    assert ada.post(f"{copy}/publish").status_code == 404
    newest = revisions_of(ada, post["id"])[0]
    assert (newest["version"], newest["live"]) == (2, True)
    assert newest["changed"] == ["slug", "content", "tags"]


def test_discarding_the_copy_keeps_its_revisions(ada, post, path, copy):
    etag = ada.patch(copy, json={"content": "Mine."}).headers["ETag"]
    assert ada.delete(copy, headers={"If-Match": '"w9-0"'}).status_code == 412
    assert ada.delete(copy, headers={"If-Match": etag}).status_code == 204
    assert ada.delete(copy).status_code == 404
    newest, _ = revisions_of(ada, post["id"])
    assert (newest["version"], newest["live"], newest["changed"]) == (None, False, ["content"])
    assert ada.post(f"{path}/revisions/2/restore").json["content"] == "Mine."


def test_a_new_copy_replaces_nothing_of_a_discarded_one(ada, post, copy):
    ada.patch(copy, json={"content": "Discarded."})
    ada.delete(copy)
    for body in ({}, {"content": "New."}, {"summary": "New."}):
        ada.patch(copy, json=body)
    assert [one["changed"] for one in revisions_of(ada, post["id"])][:2] == [
        ["summary", "content"],
        ["content"],
    ]
    assert ada.get(f"/posts/{post['id']}/revisions/2").json["content"] == "Discarded."


def test_a_save_of_the_copy_is_compared_with_the_copy(ada, path, post, copy):
    ada.patch(copy, json={"content": "1"})
    ada.patch(path, json={"summary": "Live."})
    ada.patch(copy, json={"content": "2"})
    assert [one["changed"] for one in revisions_of(ada, post["id"])][:3] == [
        ["content"],
        ["summary"],
        ["content"],
    ]


def test_consecutive_saves_of_one_person_are_one_revision(ada, people, post, copy, sql):
    editor = people("editor")
    ada.patch(copy, json={"content": "1"})
    ada.patch(copy, json={"content": "2", "summary": "2"})
    ada.patch(copy, json={"summary": ""})
    ada.patch(copy, json={"summary": ""})
    assert [one["changed"] for one in revisions_of(ada, post["id"])][:-1] == [["content"]]
    assert ada.get(f"/posts/{post['id']}/revisions/2").json["content"] == "2"
    editor.patch(copy, json={"content": "3"})
    ada.patch(copy, json={"content": "4"})
    assert [one["number"] for one in revisions_of(ada, post["id"])] == [4, 3, 2, 1]
    sql("UPDATE revisions SET created_at = '2026-01-01 00:00:00' WHERE number = 4")
    ada.patch(copy, json={"content": "5"})
    ada.patch(f"/posts/{post['id']}", json={"summary": "Live."})
    ada.patch(copy, json={"content": "6"})
    assert [one["version"] for one in revisions_of(ada, post["id"])] == [None, 2, None, None, None, None, 1]
    assert ada.get(f"/posts/{post['id']}/revisions/4").json["content"] == "4"


@pytest.mark.writes_directly
def test_the_first_save_after_the_upgrade_stores_the_former_state(ada, post, copy, sql):
    sql("DELETE FROM revisions")
    ada.patch(copy, json={"content": "Mine."})
    newest, former = revisions_of(ada, post["id"])
    assert (newest["number"], newest["version"], former["version"]) == (2, None, 1)


def test_saves_need_the_version_that_if_match_names(ada, path, copy):
    first = ada.patch(copy, json={"content": "One."}).headers["ETag"]
    second = ada.patch(copy, json={"content": "Two."}, headers={"If-Match": first}).headers["ETag"]
    assert second.startswith('"w2-')
    of_post = ada.get(path).headers["ETag"]
    assert of_post.startswith('"1-')
    for stale in (first, of_post, of_post.replace('"1-', '"2-')):
        reply = ada.patch(copy, json={"content": "Three.", "title": "Hello"}, headers={"If-Match": stale})
        assert reply.status_code == 412
        assert reply.json["conflict"] == {"content": {"yours": "Three.", "theirs": "Two."}}
        assert ada.post(f"{copy}/publish", headers={"If-Match": stale}).status_code == 412
        assert ada.patch(path, json={"title": "x"}, headers={"If-Match": second}).status_code == 412


def test_the_first_save_compares_if_match_with_the_post(ada, path, copy):
    stale = {"If-Match": ada.get(path).headers["ETag"]}
    current = ada.patch(path, json={"content": "Theirs."}).headers["ETag"]
    reply = ada.patch(copy, json={"content": "Mine."}, headers=stale)
    assert reply.status_code == 412
    assert reply.json["conflict"] == {"content": {"base": "Base.", "yours": "Mine.", "theirs": "Theirs."}}
    assert ada.get(copy).status_code == 404
    assert ada.patch(copy, json={"content": "Mine."}, headers={"If-Match": current}).status_code == 200


def test_if_match_can_be_required(ada, path, copy, make_client):
    strict = make_client(REQUIRE_IF_MATCH="true")

    def send(method, where, **options):
        headers = {**ada.headers, **options.pop("headers", {})}
        return strict.open(f"/api/v1{where}", method=method, headers=headers, **options)

    assert send("PATCH", copy, json={"content": "x"}).status_code == 428
    etag = send("PATCH", copy, json={"content": "x"}, headers={"If-Match": ada.get(path).headers["ETag"]})
    assert etag.status_code == 200
    for method, where in (("PATCH", copy), ("DELETE", copy), ("POST", f"{copy}/publish")):
        assert send(method, where, **({"json": {}} if method == "PATCH" else {})).status_code == 428, where
    headers = {"If-Match": etag.headers["ETag"]}
    assert send("POST", f"{copy}/publish", headers=headers).status_code == 200


def test_a_post_that_moved_on_is_a_conflict_unless_merged(ada, path, copy):
    etag = ada.patch(copy, json={"content": "Mine."}).headers["ETag"]
    ada.patch(path, json={"summary": "Theirs."})
    reply = ada.post(f"{copy}/publish")
    assert (reply.status_code, reply.json["type"], reply.json["conflict"]) == (
        409,
        "/problems/edit-conflict",
        {},
    )
    assert ada.post(f"{copy}/publish", headers={"If-Match": etag}).status_code == 409
    assert ada.post(f"{copy}/publish?merge=true").status_code == 428
    reply = ada.post(f"{copy}/publish?merge=true", headers={"If-Match": etag})
    assert reply.status_code == 200
    assert (reply.json["content"], reply.json["summary"]) == ("Mine.", "Theirs.")


def test_publishing_shows_what_is_in_conflict(ada, path, copy):
    etag = ada.patch(copy, json={"content": "Mine.", "summary": "Mine."}).headers["ETag"]
    ada.patch(path, json={"content": "Theirs.", "title": "Theirs"})
    for query in ("", "?merge=true"):
        reply = ada.post(f"{copy}/publish{query}", headers={"If-Match": etag})
        assert reply.status_code == 409
        assert reply.json["conflict"] == {"content": {"base": "Base.", "yours": "Mine.", "theirs": "Theirs."}}
    assert ada.get(copy).json["content"] == "Mine."
    etag = ada.patch(copy, json={"content": "Theirs."}).headers["ETag"]
    reply = ada.post(f"{copy}/publish?merge=true", headers={"If-Match": etag})
    assert (reply.json["content"], reply.json["summary"], reply.json["title"]) == (
        "Theirs.",
        "Mine.",
        "Theirs",
    )


def test_posts_that_are_not_live_have_no_copy(ada, people):
    draft = ada.write("Draft", status="draft")
    scheduled = ada.write("Later", status="scheduled", published_at="2999-01-01T00:00:00Z")
    for status, post in ((409, draft), (200, scheduled)):
        assert ada.patch(f"/posts/{post['id']}/working-copy", json={"title": "x"}).status_code == status
    reply = ada.post(f"/posts/{draft['id']}/working-copy/publish")
    assert (reply.status_code, "post itself" in reply.json["detail"]) == (409, True)
    assert ada.get(f"/posts/{draft['id']}/working-copy").status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"titel": "x"}, "/titel"),
        ({"title": ""}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"slug": "??"}, "/slug"),
        ({"status": "scheduled", "published_at": "2020-01-01T00:00:00Z"}, "/published_at"),
        ({"co_authors": [999_999]}, "/co_authors/0"),
        ({"author": {"id": 1}}, "/author"),
        ({"base_version": 1}, "/base_version"),
        ([], ""),
    ],
)
def test_invalid_members_are_rejected(ada, copy, body, pointer):
    reply = ada.patch(copy, json=body)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, pointer)
    assert ada.get(copy).status_code == 404


def test_a_merge_patch_changes_objects_of_the_copy(ada, copy):
    ada.patch(copy, json={"metadata": {"a": 1}, "summary": "Short."})
    headers = {"Content-Type": "application/merge-patch+json"}
    reply = ada.patch(copy, json={"metadata": {"b": 2}, "summary": None, "tags": None}, headers=headers)
    assert (reply.json["metadata"], reply.json["summary"], reply.json["tags"]) == ({"a": 1, "b": 2}, "", [])
    assert "merge-patch" in reply.headers["Accept-Patch"]


def test_dry_runs_save_and_publish_nothing(ada, path, copy):
    assert ada.patch(f"{copy}?dry_run=true", json={"content": "x"}).json["content"] == "x"
    assert ada.get(copy).status_code == 404
    ada.patch(copy, json={"content": "x"})
    assert ada.post(f"{copy}/publish?dry_run=true").json["content"] == "x"
    assert ada.get(path).json["content"] == "Base."
    assert ada.get(copy).status_code == 200


def test_a_replayed_publication_changes_nothing(ada, path, copy):
    ada.patch(copy, json={"content": "One."})
    key = {"Idempotency-Key": "k"}
    first = ada.post(f"{copy}/publish", headers=key)
    ada.patch(copy, json={"content": "Two."})
    assert ada.post(f"{copy}/publish", headers=key).data == first.data
    assert ada.get(path).json["content"] == "One."
    assert ada.get(copy).json["content"] == "Two."
