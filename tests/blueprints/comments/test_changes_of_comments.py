"""Edit and delete comments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.blueprints.comments.helpers import comment, count, thread


@pytest.fixture
def mine(reader, post_id, unmoderated):
    """A comment of the reader."""
    return comment(reader, post_id)


@pytest.fixture
def age(sql):
    """Make all comments this old."""
    return lambda **time: sql(
        "UPDATE comments SET created_at = :at", at=datetime.now(UTC) - timedelta(**time)
    )


def test_authors_edit_for_fifteen_minutes(client, reader, post_id, mine, age):
    path = f"/comments/{mine['id']}"
    age(minutes=14, seconds=30)
    reply = reader.patch(path, {"content": "**Better** said."})
    assert (reply.status_code, reply.json["html"]) == (200, "<p><strong>Better</strong> said.</p>")
    assert thread(client, post_id) == [reply.json]
    assert reply.json["updated_at"] > reply.json["created_at"]
    age(minutes=15)
    late = reader.patch(path, {"content": "Too late."})
    assert (late.status_code, "15 minutes" in late.json["detail"]) == (403, True)
    assert reader.delete(path).status_code == 204


def test_editors_edit_at_any_time(editor, mine, age):
    age(days=100)
    reply = editor.patch(f"/comments/{mine['id']}", {"content": "Redacted.", "status": "approved"})
    assert (reply.status_code, reply.json["content"]) == (200, "Redacted.")


def test_others_may_neither_edit_nor_delete(ada, people, mine):
    for other in (ada, people("author"), people("contributor")):
        assert other.patch(f"/comments/{mine['id']}", {"content": "x"}).status_code == 403
        assert other.delete(f"/comments/{mine['id']}").status_code == 403


def test_an_edited_comment_waits_again_if_all_are_moderated(
    app, monkeypatch, client, reader, editor, post_id, mine
):
    monkeypatch.setitem(app.config, "COMMENTS_MODERATION", "all")
    path = f"/comments/{mine['id']}"
    assert reader.patch(path, {"content": mine["content"]}).json["status"] == "approved"
    assert editor.patch(path, {"content": "By an editor."}).json["status"] == "approved"
    assert reader.patch(path, {"content": "Buy this!"}).json["status"] == "pending"
    assert (thread(client, post_id), count(client, post_id)) == ([], 0)


def test_stale_changes_are_rejected(reader, mine):
    path = f"/comments/{mine['id']}"
    tag = {"If-Match": reader.get(path).headers["ETag"]}
    assert reader.patch(path, {"content": "a"}, headers=tag).status_code == 200
    assert reader.patch(path, {"content": "b"}, headers=tag).status_code == 412
    assert reader.delete(path, headers=tag).status_code == 412
    assert reader.delete(path, headers={"If-Match": reader.get(path).headers["ETag"]}).status_code == 204


def test_if_match_can_be_required(app, monkeypatch, reader, mine):
    monkeypatch.setitem(app.config, "REQUIRE_IF_MATCH", True)
    path = f"/comments/{mine['id']}"
    assert [reader.patch(path, {"content": "a"}).status_code, reader.delete(path).status_code] == [428, 428]


def test_a_deleted_comment_is_gone(client, reader, post_id, mine, sql):
    path = f"/comments/{mine['id']}"
    assert [reader.delete(path).status_code, reader.delete(path).status_code] == [204, 404]
    assert (thread(client, post_id), count(client, post_id)) == ([], 0)
    assert sql.one("SELECT count(*) FROM comments") == 0


def test_a_deleted_comment_with_replies_leaves_a_placeholder(client, reader, ada, editor, post_id, mine, sql):
    reply = comment(ada, post_id, "reply", parent_id=mine["id"])
    path = f"/comments/{mine['id']}"
    assert reader.delete(path).status_code == 204
    placeholder, shown = thread(client, post_id)
    nobody = {"id": None, "username": None, "display_name": ""}
    assert (placeholder["status"], placeholder["content"], placeholder["html"]) == ("deleted", "", "")
    assert (placeholder["id"], placeholder["author"], shown) == (mine["id"], nobody, reply)
    assert count(client, post_id) == 1
    erased = sql("SELECT content, html, user_id FROM comments WHERE status = 'deleted'")
    assert erased == [("", "", None)]
    for person in (reader, editor):
        assert [person.get(path).status_code, person.delete(path).status_code] == [404, 404]
        assert person.patch(path, {"content": "x"}).status_code == 404
    assert mine["id"] not in [one["id"] for one in editor.get("/comments").json["data"]]
    assert (
        ada.post(f"/posts/{post_id}/comments", {"content": "x", "parent_id": mine["id"]}).status_code == 422
    )


def test_a_placeholder_is_removed_with_its_last_reply(client, ada, post_id, sql):
    ids = [None]
    for _ in range(4):
        ids.append(comment(ada, post_id, parent_id=ids[-1])["id"])
    sibling = comment(ada, post_id, parent_id=ids[1])["id"]
    for comment_id in ids[1:4]:
        ada.delete(f"/comments/{comment_id}")
    assert [one["status"] for one in thread(client, post_id)] == ["deleted"] * 3 + ["approved"] * 2
    ada.delete(f"/comments/{ids[4]}")
    assert [one["id"] for one in thread(client, post_id)] == [ids[1], sibling]
    ada.delete(f"/comments/{sibling}")
    assert sql.one("SELECT count(*) FROM comments") == 0


def test_a_waiting_reply_outlives_its_parent(client, app, monkeypatch, ada, reader, editor, post_id):
    parent = comment(ada, post_id, "parent")["id"]
    reply = comment(reader, post_id, "reply", parent_id=parent)["id"]
    ada.delete(f"/comments/{parent}")
    assert thread(client, post_id) == []
    editor.post("/comments/moderate", {"ids": [reply], "status": "approved"})
    assert [(one["id"], one["status"]) for one in thread(client, post_id)] == [
        (parent, "deleted"),
        (reply, "approved"),
    ]
    editor.delete(f"/comments/{reply}")
    assert thread(client, post_id) == []
