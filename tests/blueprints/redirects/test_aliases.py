"""Tests of the aliases of posts: their paths on a former site."""

from __future__ import annotations

import pytest

from tests.blueprints.redirects.helpers import write


def test_aliases_are_stored_percent_encoded_and_sorted(editor, client):
    post = write(editor, "Hello", aliases=["/old/", "/%7euser/%c3%a9", "/ö", "/old/"])
    assert post["aliases"] == ["/%C3%B6", "/old/", "/~user/%C3%A9"]
    for _ in range(3):
        assert client.get(f"/api/v1/posts/{post['id']}").json == post
    assert "aliases" not in client.get("/api/v1/posts").json["data"][0]
    (listed,) = client.get("/api/v1/posts?fields=aliases").json["data"]
    assert listed == {"aliases": post["aliases"]}


@pytest.mark.parametrize(
    "alias",
    ["", "/", "old", "//example.com/", "/a//b", "/a/../b", "/a/./b", "/a?b=1", "/a#b", "/a b", "/a\"b", "/%zz", "/%ff",
     "/%00", "/a%0ab", "https://example.com/a", "/<script>", "/a:b", "/" + 1000 * "x", None, 1, ["/a"]],
)  # fmt: skip
def test_an_invalid_alias_is_an_error_of_its_item(editor, alias):
    reply = editor.post("/posts", json={"title": "Hello", "content": "", "aliases": ["/fine/", alias]})
    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json["errors"]] == ["/aliases/1"]


def test_a_post_has_at_most_twenty_aliases(editor):
    for number, status in ((20, 201), (21, 422)):
        body = {"title": "Hello", "content": "", "aliases": [f"/{number}/{n}" for n in range(number)]}
        assert editor.post("/posts", json=body).status_code == status


def test_a_taken_alias_is_a_conflict_and_changes_nothing(editor, client):
    write(editor, "First", aliases=["/old/"])
    other = write(editor, "Other", aliases=["/other/"])
    created = editor.post("/posts", json={"title": "New", "content": "", "aliases": ["/old/"]})
    changed = editor.patch(f"/posts/{other['id']}", json={"title": "X", "aliases": ["/new/", "/old/"]})
    for reply in (created, changed):
        assert reply.status_code == 409
        assert reply.json["errors"][0]["pointer"] == "/aliases"
    assert client.get(f"/api/v1/posts/{other['id']}").json == other
    assert client.get("/api/v1/posts?total=true").json["pagination"]["total"] == 2


def test_a_change_of_aliases_alone_changes_the_version(editor, client):
    post = write(editor, "Hello", aliases=["/a", "/b"])
    path = f"/api/v1/posts/{post['id']}"
    etag = client.get(path).headers["ETag"]
    same = editor.patch(f"/posts/{post['id']}", json={"aliases": ["/b", "/a"]})
    assert same.headers["ETag"] == etag
    changed = editor.patch(f"/posts/{post['id']}", json={"aliases": ["/b", "/c"]})
    assert changed.json["aliases"] == client.get(path).json["aliases"] == ["/b", "/c"]
    assert changed.headers["ETag"] == client.get(path).headers["ETag"] != etag
    assert editor.patch(f"/posts/{post['id']}", json={"aliases": []}).json["aliases"] == []
    replaced = editor.put(f"/posts/{post['id']}", json={"title": "Hello", "content": "", "aliases": ["/a"]})
    assert replaced.json["aliases"] == ["/a"]
    replaced = editor.put(f"/posts/{post['id']}", json={"title": "Hello", "content": ""})
    assert replaced.json["aliases"] == ["/a"]


def test_only_editors_change_aliases(people, editor):
    author = people()
    body = {"title": "Hello", "content": "", "aliases": ["/a"]}
    assert author.post("/posts", json=body).status_code == 403
    post = write(author, "Mine", aliases=[])
    path = f"/posts/{post['id']}"
    assert author.patch(path, json={"aliases": ["/a"]}).status_code == 403
    assert editor.patch(path, json={"aliases": ["/a"]}).status_code == 200
    # Sending them back unchanged is no change.
    assert author.patch(path, json={"title": "New", "aliases": ["/a"]}).json["title"] == "New"
    assert author.patch(path, json={"aliases": []}).status_code == 403
    operation = {"op": "update", "id": post["id"], "data": {"aliases": ["/b"]}}
    results = author.post("/posts/bulk", json={"mode": "each", "operations": [operation]}).json["results"]
    assert [result["status"] for result in results] == [403]
    results = editor.post("/posts/bulk", json={"mode": "each", "operations": [operation]}).json["results"]
    assert results[0]["data"]["aliases"] == ["/b"]


def test_a_purged_post_frees_its_aliases_and_a_trashed_one_does_not(people, editor, client):
    post = write(editor, "Hello", aliases=["/a"])
    editor.delete(f"/posts/{post['id']}")
    body = {"title": "New", "content": "", "aliases": ["/a"]}
    assert editor.post("/posts", json=body).status_code == 409
    assert client.get("/api/v1/resolve?path=/a").status_code == 404
    assert people("admin").delete(f"/posts/{post['id']}?force=true").status_code == 204
    assert editor.post("/posts", json=body).status_code == 201
