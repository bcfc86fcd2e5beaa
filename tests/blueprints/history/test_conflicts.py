"""Tests of changes to versions that are no longer current: 412 with the members in conflict, and merge=true."""

from __future__ import annotations

import pytest

from tests.blueprints.history.helpers import revisions_of

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


@pytest.fixture
def editor(people):
    return people("editor")


@pytest.fixture
def post(editor):
    return editor.write("Hello", content="Base.", summary="Short.", tags=["Python"])


@pytest.fixture
def stale(editor, post):
    """If-Match with the version before anybody else changes the post."""
    return {"If-Match": editor.get(f"/posts/{post['id']}").headers["ETag"]}


def conflict(reply, status=412):
    assert reply.status_code == status, reply.text
    return reply.json["conflict"]


def test_a_stale_change_shows_the_texts_of_all_three(editor, post, stale):
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"content": "Theirs.", "title": "Same"})
    body = {"content": "Yours.", "title": "Same", "summary": "Mine alone."}
    for merge in ("", "?merge=true"):
        assert conflict(editor.patch(f"{path}{merge}", json=body, headers=stale)) == {
            "content": {"base": "Base.", "yours": "Yours.", "theirs": "Theirs."}
        }
    assert editor.get(path).json["content"] == "Theirs."


def test_merge_applies_what_nobody_else_has_changed(editor, post, stale):
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"content": "Theirs."})
    body = {"summary": "Mine.", "tags": ["Flask"]}
    assert conflict(editor.patch(path, json=body, headers=stale)) == {}
    reply = editor.patch(f"{path}?merge=true", json=body, headers=stale)
    assert reply.status_code == 200
    assert (reply.json["content"], reply.json["summary"]) == ("Theirs.", "Mine.")
    newest = revisions_of(editor, post["id"])[0]
    assert (newest["version"], newest["changed"]) == (3, ["summary", "tags"])
    assert reply.headers["ETag"].startswith('"3-')


def test_a_slug_that_has_followed_the_title_is_in_nobodys_way(editor):
    draft = editor.post("/posts", json={"title": "Draft"})
    path, stale = f"/posts/{draft.json['id']}", {"If-Match": draft.headers["ETag"]}
    assert editor.patch(path, json={"title": "Theirs"}).json["slug"] == "theirs"
    reply = editor.patch(f"{path}?merge=true", json={"slug": "mine"}, headers=stale)
    assert (reply.status_code, reply.json["slug"], reply.json["title"]) == (200, "mine", "Theirs")


def test_a_replacement_keeps_what_its_sender_has_not_changed(editor, post, stale):
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"content": "Theirs.", "featured": True, "slug": "theirs"})
    reply = editor.put(f"{path}?merge=true", json=post | {"summary": "Mine."}, headers=stale)
    assert reply.status_code == 200, reply.text
    shown = {name: reply.json[name] for name in ("content", "featured", "slug", "summary")}
    assert shown == {"content": "Theirs.", "featured": True, "slug": "theirs", "summary": "Mine."}
    body = post | {"content": "Mine."}
    assert set(conflict(editor.put(f"{path}?merge=true", json=body, headers=stale))) == {"content"}


def test_merge_with_the_current_version_is_an_ordinary_change(editor, post, stale):
    reply = editor.patch(f"/posts/{post['id']}?merge=true", json={"content": "Two."}, headers=stale)
    assert (reply.status_code, reply.json["content"]) == (200, "Two.")


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_merge_needs_if_match(editor, post, method):
    reply = editor.request(method, f"/posts/{post['id']}?merge=true", json={"title": "x"})
    assert (reply.status_code, reply.json["type"]) == (428, "/problems/precondition-required")


def test_invalid_values_of_merge_and_if_match(editor, post):
    path = f"/posts/{post['id']}"
    assert editor.patch(f"{path}?merge=yes", json={}).status_code == 422
    assert editor.patch(f"{path}?merge=true", json={}, headers={"If-Match": "2"}).status_code == 400
    assert editor.patch(f"{path}?merge=true", json={}, headers={"If-Match": "*"}).status_code == 200
    assert editor.delete(f"{path}?merge=true").status_code == 422


@pytest.mark.parametrize("tag", ['"99-0"', '"x"', 'W/"1-0"', '"w1-0"', '"99999999999999999999-0"', '"0-0"'])
def test_an_unknown_version_has_no_base(editor, post, tag):
    path, header = f"/posts/{post['id']}", {"If-Match": tag}
    body = {"content": "Yours.", "summary": "Short."}
    expected = {"content": {"yours": "Yours.", "theirs": "Base."}}
    assert conflict(editor.patch(path, json=body, headers=header)) == expected
    assert conflict(editor.patch(f"{path}?merge=true", json=body, headers=header)) == expected


@pytest.mark.writes_directly
def test_a_version_without_a_revision_has_no_base(editor, post, stale, sql):
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"content": "Theirs."})
    sql("DELETE FROM revisions")
    found = conflict(editor.patch(path, json={"content": "Yours."}, headers=stale))
    assert found == {"content": {"yours": "Yours.", "theirs": "Theirs."}}


def test_the_base_of_a_version_without_changes_is_the_revision_before(editor, post):
    path = f"/posts/{post['id']}"
    editor.delete(path)
    editor.post(f"{path}/restore")
    stale = {"If-Match": editor.get(path).headers["ETag"]}
    assert stale["If-Match"].startswith('"3-')
    editor.patch(path, json={"content": "Theirs."})
    found = conflict(editor.patch(path, json={"content": "Yours."}, headers=stale))
    assert found["content"]["base"] == "Base."


def test_operations_on_tags_are_no_conflict(editor, post, stale):
    path = f"/posts/{post['id']}"
    editor.patch(f"/tags/{post['tags'][0]['id']}", json={"name": "Python 4"})
    editor.patch(path, json={"summary": "Theirs."})
    body = {"tags": ["Python", "Flask"]}
    reply = editor.patch(f"{path}?merge=true", json=body, headers=stale)
    assert [tag["name"] for tag in reply.json["tags"]] == ["Flask", "Python 4"]
    editor.patch(path, json={"tags": ["Django"]})
    assert conflict(editor.patch(f"{path}?merge=true", json={"tags": ["Flask"]}, headers=stale)) == {
        "tags": {"base": ["Python 4"], "yours": ["Flask"], "theirs": ["Django"]}
    }


def test_spellings_of_the_same_value_are_no_conflict(editor, post, stale):
    path = f"/posts/{post['id']}"
    time = "2999-01-01T00:00:00Z"
    editor.patch(
        path,
        json={"tags": ["Flask", "a"], "aliases": ["/a/", "/b/"], "status": "scheduled", "published_at": time},
    )
    body = {"tags": ["A", "flask"], "aliases": ["/b/", "/a/"], "status": "published", "published_at": time}
    assert conflict(editor.patch(path, json=body, headers=stale)) == {}
    editor.patch(path, json={"status": "archived"})
    found = conflict(editor.patch(path, json=body | {"status": "draft"}, headers=stale))
    assert found == {"status": {"base": "published", "yours": "draft", "theirs": "archived"}}


def test_objects_are_compared_as_a_merge_patch_leaves_them(editor, post):
    path = f"/posts/{post['id']}"
    etag = editor.patch(path, json={"metadata": {"a": 1, "b": 1}}).headers["ETag"]
    headers = {"If-Match": etag, **MERGE_PATCH}
    editor.patch(path, json={"title": "Theirs"})
    reply = editor.patch(f"{path}?merge=true", json={"metadata": {"b": 2}}, headers=headers)
    assert reply.json["metadata"] == {"a": 1, "b": 2}
    assert conflict(editor.patch(path, json={"metadata": {"b": None}}, headers=headers)) == {
        "metadata": {"base": {"a": 1, "b": 1}, "yours": {"a": 1}, "theirs": {"a": 1, "b": 2}}
    }


def test_times_in_a_conflict_are_written_like_all_others(editor, post, stale):
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"published_at": "2020-01-01T00:00:00Z"})
    found = conflict(editor.patch(path, json={"published_at": "2021-01-01T01:00:00+01:00"}, headers=stale))
    assert found["published_at"]["theirs"] == "2020-01-01T00:00:00Z"
    assert found["published_at"]["yours"] == "2021-01-01T00:00:00Z"
    assert found["published_at"]["base"] == post["published_at"]


def test_a_merge_obeys_the_rules_for_posts(editor, people, post, stale):
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"status": "draft", "title": ""})
    reply = editor.patch(f"{path}?merge=true", json={"status": "published"}, headers=stale)
    assert reply.status_code == 200
    assert reply.json["status"] == "draft"
    ada = people("author")
    assert ada.patch(f"{path}?merge=true", json={"summary": "x"}, headers=stale).status_code == 404


def test_those_who_may_no_longer_edit_do_not_see_a_conflict(editor, people):
    contributor = people("contributor")
    post = contributor.write("Hello", status="draft")
    path = f"/posts/{post['id']}"
    stale = {"If-Match": contributor.get(path).headers["ETag"]}
    editor.patch(path, json={"status": "published", "metadata": {"_secret": 1}})
    reply = contributor.patch(path, json={"metadata": {}}, headers=stale)
    assert reply.status_code == 412
    assert "conflict" not in reply.json
    assert contributor.patch(f"{path}?merge=true", json={"metadata": {}}, headers=stale).status_code == 412


def test_restoring_from_a_stale_version_shows_the_conflict(editor, post, stale):
    path = f"/posts/{post['id']}"
    editor.patch(path, json={"content": "Two."})
    editor.patch(path, json={"content": "Three."})
    etag = editor.get(path).headers["ETag"].replace('"3-', '"2-')
    found = conflict(editor.post(f"{path}/revisions/1/restore", headers={"If-Match": etag}))
    assert found == {"content": {"base": "Two.", "yours": "Base.", "theirs": "Three."}}


@pytest.mark.parametrize("mode", ["each", "atomic"])
def test_bulk_operations_show_the_conflict(editor, post, stale, mode):
    editor.patch(f"/posts/{post['id']}", json={"content": "Theirs."})
    operation = {
        "op": "update",
        "id": post["id"],
        "data": {"content": "Yours."},
        "if_match": stale["If-Match"],
    }
    reply = editor.post("/posts/bulk", json={"mode": mode, "operations": [operation]})
    problem = reply.json["results"][0]["problem"] if mode == "each" else reply.json
    assert problem["status"] == 412
    assert problem["conflict"] == {"content": {"base": "Base.", "yours": "Yours.", "theirs": "Theirs."}}
    delete = {"op": "delete", "id": post["id"], "if_match": stale["If-Match"]}
    assert editor.post("/posts/bulk", json={"operations": [delete]}).status_code == 412


def test_an_overtaken_change_is_compared_or_merged(concurrently, editor, post, stale):
    path = f"/posts/{post['id']}"
    members = ("title", "summary", "content", "meta_title")
    replies = concurrently(
        [(editor, "PATCH", f"{path}?merge=true", {name: f"New {name}"}, stale) for name in members]
    )
    assert [reply.status_code for reply in replies] == [200] * len(members)
    read = editor.get(path).json
    assert {name: read[name] for name in members} == {name: f"New {name}" for name in members}
    assert sorted(one["number"] for one in revisions_of(editor, post["id"])) == [1, 2, 3, 4, 5]


def test_of_two_changes_of_one_member_the_second_is_shown_the_first(concurrently, editor, post, stale):
    path = f"/posts/{post['id']}"
    for merge in ("", "?merge=true"):
        etag = {"If-Match": editor.get(path).headers["ETag"]}
        before = editor.get(path).json["content"]
        texts = [f"Text {n}{merge}" for n in range(2)]
        replies = concurrently(
            [(editor, "PATCH", f"{path}{merge}", {"content": text}, etag) for text in texts]
        )
        assert sorted(reply.status_code for reply in replies) == [200, 412]
        lost = next(n for n, reply in enumerate(replies) if reply.status_code == 412)
        assert replies[lost].json["conflict"] == {
            "content": {"base": before, "yours": texts[lost], "theirs": texts[1 - lost]}
        }
