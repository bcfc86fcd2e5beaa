"""Posts: ETags, conditional requests, and which changes increment the version."""

from __future__ import annotations

import pytest

TEXT = {"title": "Hello", "content": "Text."}


def version(reply) -> int:
    """Return the version in the ETag of a response."""
    return int(reply.headers["ETag"].strip('"').partition("-")[0])


def test_a_response_has_a_strong_etag_and_cache_headers(people, client):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    anonymous, own = client.get(f"/api/v1{path}"), ada.get(path)
    assert anonymous.headers["ETag"].startswith('"1-')
    assert anonymous.headers["Cache-Control"] == "no-cache"
    assert own.headers["Cache-Control"] == "no-store"
    assert all("Authorization" in reply.headers["Vary"] for reply in (anonymous, own))


def test_if_none_match_gets_304_until_the_post_changes(people, client):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    tag = client.get(f"/api/v1{path}").headers["ETag"]
    for known in (tag, f"W/{tag}", "*", f'"x", {tag}'):
        reply = client.get(f"/api/v1{path}", headers={"If-None-Match": known})
        assert (reply.status_code, reply.data, reply.headers["ETag"]) == (304, b"", tag)
        assert reply.headers["Cache-Control"] == "no-cache"
    assert client.head(f"/api/v1{path}", headers={"If-None-Match": tag}).status_code == 304
    assert client.get(f"/api/v1{path}", headers={"If-None-Match": '"x"'}).status_code == 200
    ada.patch(path, json={"title": "Other"})
    assert client.get(f"/api/v1{path}", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": 'Ä "quoted" \\ / 😀', "summary": "Two\nlines\tand a tab.", "content": " As it came. \n"},
        {"status": "published", "tags": ["z", "Ä", "a", "A", "C++", "😀"]},
        {"status": "published", "published_at": "2999-01-31T12:00:00.123456+02:00"},
        {"status": "archived", "published_at": "2020-01-31T12:00:00Z", "slug": "mine"},
    ],
)
def test_the_response_to_a_write_is_byte_identical_to_a_read(people, fields):
    ada, bob, eve = people(), people(), people()
    for person in (ada, bob):
        assert person.patch("/users/me", {"display_name": f'{person.username} "\\" Ø'}).status_code == 200
    fields = {**TEXT, **fields, "co_authors": [eve.id, bob.id]}
    made = ada.post("/posts", fields)
    assert made.status_code == 201, made.text
    path = f"/posts/{made.json['id']}"
    changes = {"summary": "New.", "status": "published", "tags": ["b", "a"], "co_authors": [bob.id]}
    for written in (lambda: made, lambda: ada.patch(path, changes), lambda: ada.put(path, fields)):
        reply = written()
        read = ada.get(path)
        assert (reply.data, reply.headers["ETag"]) == (read.data, read.headers["ETag"])
    operations = [{"op": "update", "id": made.json["id"], "data": changes}]
    (result,) = ada.post("/posts/bulk", {"operations": operations}).json["results"]
    assert result["data"] == ada.get(path).json


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Other"},
        {"content": ""},
        {"summary": "Short."},
        {"slug": "other"},
        {"status": "draft"},
        {"published_at": "2020-01-31T12:00:00Z"},
        {"tags": ["a", "c"]},
        {"tags": []},
        {"title": "Other", "tags": ["new"], "status": "archived"},
    ],
)
def test_a_change_increments_the_version_once(people, change):
    ada = people()
    path = f"/posts/{ada.write('Hello', tags=['a', 'b'])['id']}"
    before = ada.get(path)
    after = ada.patch(path, json=change)
    assert (version(before), version(after)) == (1, 2)
    assert ada.get(path).headers["ETag"] == after.headers["ETag"] != before.headers["ETag"]


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"title": "Hello"},
        {"tags": ["B", "a", "b"]},
        {"status": "published"},
        {"summary": "", "slug": "hello"},
    ],
)
def test_a_patch_without_changes_keeps_the_version_and_times(people, same):
    ada = people()
    post = ada.write("Hello", tags=["a", "b"])
    before = ada.get(f"/posts/{post['id']}")
    after = ada.patch(f"/posts/{post['id']}", json=same)
    assert (after.status_code, after.json) == (200, post)
    assert after.headers["ETag"] == before.headers["ETag"]


def test_if_match_allows_one_write_and_rejects_the_next(people):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    read = {"If-Match": ada.get(path).headers["ETag"]}
    assert ada.patch(path, json={"title": "First"}, headers=read).status_code == 200
    for stale in (
        ada.patch(path, json={"title": "Second"}, headers=read),
        ada.put(path, json=TEXT, headers=read),
        ada.delete(path, headers=read),
    ):
        assert (stale.status_code, stale.json["type"]) == (412, "/problems/precondition-failed")
    assert ada.get(path).json["title"] == "First"
    assert ada.delete(path, headers={"If-Match": ada.get(path).headers["ETag"]}).status_code == 204


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("*", 200),
        ("{tag}", 200),
        ('"9-x", {tag}', 200),
        ('{tag},"9-x"', 200),
        ("W/{tag}", 412),
        ('"9-x"', 412),
        ('"11-x"', 412),
        ('""', 412),
        ("{bare}", 400),
        ('"1', 400),
        ("", 400),
        ("1", 400),
        ("* , {tag}", 400),
    ],
)
def test_if_match_takes_a_list_of_strong_etags_or_an_asterisk(people, header, status):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    tag = ada.get(path).headers["ETag"]
    header = header.format(tag=tag, bare=tag.strip('"'))
    assert ada.patch(path, json={"title": "x"}, headers={"If-Match": header}).status_code == status


def test_a_stale_etag_does_not_reveal_posts_the_viewer_cannot_change(people):
    ada, bob = people(), people()
    draft, public = ada.write(status="draft"), ada.write()
    stale = {"If-Match": '"9-x"'}
    assert bob.patch(f"/posts/{draft['id']}", json={}, headers=stale).status_code == 404
    assert bob.patch(f"/posts/{public['id']}", json={}, headers=stale).status_code == 403


def test_renaming_a_tag_changes_etags_of_its_posts_but_not_their_versions(people, client):
    ada, editor = people(), people("editor")
    post = ada.write(tags=["Pyton"])
    path, tag = f"/posts/{post['id']}", post["tags"][0]
    before = client.get(f"/api/v1{path}").headers["ETag"]
    assert editor.patch(f"/tags/{tag['id']}", json={"name": "Python"}).status_code == 200
    fresh = client.get(f"/api/v1{path}", headers={"If-None-Match": before})
    assert (fresh.status_code, fresh.json["tags"][0]["name"], version(fresh)) == (200, "Python", 1)
    assert ada.patch(path, json={"title": "x"}, headers={"If-Match": before}).status_code == 200


def test_renaming_an_author_changes_etags_of_their_posts(people, client):
    ada = people()
    path = f"/api/v1/posts/{ada.write()['id']}"
    before = client.get(path).headers["ETag"]
    assert ada.patch("/users/me", json={"display_name": "Ada L."}).status_code == 200
    fresh = client.get(path, headers={"If-None-Match": before})
    assert (fresh.status_code, fresh.json["author"]["display_name"]) == (200, "Ada L.")


def test_deleting_a_tag_increments_the_version_of_its_posts(people):
    ada, editor = people(), people("editor")
    tagged, other = ada.write(tags=["a", "b"]), ada.write(tags=["b"])
    before = {"If-Match": ada.get(f"/posts/{tagged['id']}").headers["ETag"]}
    (tag,) = (tag for tag in tagged["tags"] if tag["name"] == "a")
    assert editor.delete(f"/tags/{tag['id']}").status_code == 204
    after = ada.get(f"/posts/{tagged['id']}")
    assert (version(after), [tag["name"] for tag in after.json["tags"]]) == (2, ["b"])
    assert ada.patch(f"/posts/{tagged['id']}", json={"title": "x"}, headers=before).status_code == 412
    assert version(ada.get(f"/posts/{other['id']}")) == 1


def test_if_match_can_be_required_for_every_change(people, make_client):
    ada = people()
    strict = make_client(REQUIRE_IF_MATCH="true")
    path = f"/api/v1/posts/{ada.write()['id']}"
    for method, body in (("PATCH", {"title": "x"}), ("PUT", TEXT), ("DELETE", None)):
        refused = strict.open(path, method=method, json=body, headers=ada.headers)
        assert (refused.status_code, refused.json["type"]) == (428, "/problems/precondition-required")
    tag = strict.get(path).headers["ETag"]
    taken = strict.patch(path, json={"title": "x"}, headers={**ada.headers, "If-Match": tag})
    assert taken.status_code == 200
    assert strict.post("/api/v1/posts", json=TEXT, headers=ada.headers).status_code == 201
