"""Which comments wait for an editor, and how editors decide on them."""

from __future__ import annotations

import pytest

from tests.blueprints.comments.helpers import comment, comment_as_guest, count, faults, thread


def statuses(person, query=""):
    return {one["id"]: one["status"] for one in person.get(f"/comments{query}").json["data"]}


@pytest.mark.parametrize(
    ("moderation", "expected"),
    [("none", ["approved"] * 3), ("first", ["pending", "pending", "approved"]), ("all", ["pending"] * 3)],
)
def test_members_wait_as_the_operator_has_set(
    app, monkeypatch, editor, reader, post_id, moderation, expected
):
    monkeypatch.setitem(app.config, "COMMENTS_MODERATION", moderation)
    found = [comment(reader, post_id) for _ in range(2)]
    editor.patch(f"/comments/{found[0]['id']}", {"status": "approved"})
    assert [one["status"] for one in (*found, comment(reader, post_id))] == expected


def test_editors_and_authors_of_the_post_never_wait(app, monkeypatch, ada, editor, people, post_id):
    monkeypatch.setitem(app.config, "COMMENTS_MODERATION", "all")
    bob = people(username="bob")
    ada.patch(f"/posts/{post_id}", {"co_authors": [bob.id]})
    other = people(username="other")
    written = [comment(person, post_id)["status"] for person in (ada, bob, editor, people("admin"), other)]
    assert written == ["approved"] * 4 + ["pending"]


def test_a_waiting_comment_is_shown_to_its_author_and_editors_only(
    client, ada, editor, reader, people, post_id
):
    path = f"/comments/{comment(reader, post_id)['id']}"
    assert thread(client, post_id) == editor.get(f"/posts/{post_id}/comments").json["data"] == []
    assert count(client, post_id) == 0
    found = [one.get(path).status_code for one in (editor, reader, ada, people())]
    assert (found, client.get(f"/api/v1{path}").status_code) == ([200, 200, 404, 404], 404)


def test_lists_show_editors_everything_and_others_their_own(
    client, ada, editor, reader, open_to_guests, post_id
):
    by_ada = comment(ada, post_id)["id"]
    by_rose = comment(reader, post_id)["id"]
    by_guest = comment_as_guest(client, post_id).json["id"]
    assert client.get("/api/v1/comments").status_code == 401
    assert statuses(ada) == {by_ada: "approved"}
    assert statuses(reader) == {by_rose: "pending"}
    assert list(statuses(editor)) == [by_guest, by_rose, by_ada]
    assert list(statuses(editor, "?status=pending")) == [by_guest, by_rose]
    assert list(statuses(editor, "?sort=id&status=pending&limit=1")) == [by_rose]
    assert list(statuses(editor, f"?author_id={reader.id}&post_id={post_id}")) == [by_rose]
    assert statuses(reader, f"?author_id={ada.id}") == {}
    assert statuses(editor, "?post_id=999") == {}


def test_comments_are_moderated_together(client, app, ada, editor, reader, people, open_to_guests, post_id):
    other = ada.write()["id"]
    ids = [
        comment(reader, post_id)["id"],
        comment(people(), other)["id"],
        comment_as_guest(client, other).json["id"],
    ]
    reply = editor.post("/comments/moderate", {"ids": [*ids, ids[0]], "status": "approved"})
    assert (reply.status_code, reply.json) == (200, {"changed": 3})
    assert [one["id"] for post in (post_id, other) for one in thread(client, post)] == ids
    assert editor.post("/comments/moderate", {"ids": ids, "status": "approved"}).json == {"changed": 0}
    assert editor.post("/comments/moderate", {"ids": ids[1:], "status": "spam"}).json == {"changed": 2}
    assert (count(client, post_id), count(client, other)) == (1, 0)
    assert set(statuses(editor, "?status=spam")) == set(ids[1:])


def test_moderating_changes_nothing_if_a_comment_does_not_exist(client, ada, editor, reader, post_id):
    waiting = comment(reader, post_id)["id"]
    trashed = ada.write()["id"]
    hidden = comment(ada, trashed)["id"]
    ada.delete(f"/posts/{trashed}")
    reply = editor.post("/comments/moderate", {"ids": [waiting, 999, hidden], "status": "approved"})
    assert (reply.status_code, faults(reply)) == (
        422,
        {("/ids/1", "not_a_comment"), ("/ids/2", "not_a_comment")},
    )
    assert thread(client, post_id) == []


@pytest.mark.parametrize("ids", [[], list(range(1, 102)), [0], ["1"]])
def test_invalid_lists_of_ids_are_rejected(editor, ids):
    assert editor.post("/comments/moderate", {"ids": ids, "status": "approved"}).status_code == 422
    assert editor.post("/comments/moderate", {"ids": [1], "status": "pending"}).status_code == 422


def test_only_editors_moderate(ada, reader, post_id):
    path = f"/comments/{comment(reader, post_id)['id']}"
    assert reader.post("/comments/moderate", {"ids": [1], "status": "approved"}).status_code == 403
    assert reader.patch(path, {"status": "approved"}).status_code == 403
    assert ada.patch(path, {"status": "approved"}).status_code == 404


def test_a_rejected_comment_with_replies_is_a_placeholder(client, ada, editor, post_id, unmoderated):
    first = comment(ada, post_id, "first")
    reply = comment(ada, post_id, "reply", parent_id=first["id"])
    leaf = comment(ada, post_id, "leaf", parent_id=reply["id"])
    for hidden in (first, reply):
        editor.post("/comments/moderate", {"ids": [hidden["id"]], "status": "spam"})
    assert [(one["id"], one["status"], one["content"]) for one in thread(client, post_id)] == [
        (first["id"], "deleted", ""),
        (reply["id"], "deleted", ""),
        (leaf["id"], "approved", "leaf"),
    ]
    assert {one["author"]["display_name"] for one in thread(client, post_id)[:2]} == {""}
    assert count(client, post_id) == 1
    editor.post("/comments/moderate", {"ids": [leaf["id"]], "status": "spam"})
    assert thread(client, post_id) == []
    editor.post("/comments/moderate", {"ids": [leaf["id"], first["id"]], "status": "approved"})
    assert [one["status"] for one in thread(client, post_id)] == ["approved", "deleted", "approved"]
    assert count(client, post_id) == 2
