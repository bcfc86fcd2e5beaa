"""Comments of a post that is not public are not public anywhere."""

from __future__ import annotations

import pytest

from tests.blueprints.comments.helpers import comment, count, thread

HIDDEN = {
    "draft": {"status": "draft"},
    "archived": {"status": "archived"},
    "scheduled": {"status": "published", "published_at": "2999-01-01T00:00:00Z"},
}


@pytest.fixture
def hide(ada):
    """Hide a post in one of several ways."""

    def hide(post_id, way):
        reply = (
            ada.delete(f"/posts/{post_id}")
            if way == "trashed"
            else ada.patch(f"/posts/{post_id}", HIDDEN[way])
        )
        assert reply.status_code < 300, reply.text

    return hide


@pytest.mark.parametrize("way", [*HIDDEN, "trashed"])
def test_comments_are_hidden_with_their_post(client, ada, editor, reader, post_id, unmoderated, hide, way):
    headers = {"Idempotency-Key": "one"}
    body = {"content": "x"}
    written = reader.post(f"/posts/{post_id}/comments", body, headers=headers).json
    public = [f"/api/v1/posts/{post_id}/comments", f"/api/v1/comments/{written['id']}"]
    # Fill the response cache.
    assert [client.get(path).status_code for path in public * 2] == [200] * 4
    hide(post_id, way)
    assert [client.get(path).status_code for path in public] == [404, 404]
    path = f"/comments/{written['id']}"
    for reply in (
        reader.get(f"/posts/{post_id}/comments"),
        reader.get(path),
        reader.patch(path, {"content": "y"}),
        reader.delete(path),
        reader.post(f"/posts/{post_id}/comments", body, headers=headers),
    ):
        assert reply.status_code == 404
    assert reader.get("/comments").json["data"] == []
    seen = [
        ada.get(path).status_code,
        editor.get(path).status_code,
        len(editor.get("/comments").json["data"]),
    ]
    assert seen == ([404, 404, 0] if way == "trashed" else [200, 200, 1])


def test_comments_return_with_their_post(client, ada, post_id):
    written = comment(ada, post_id)
    ada.delete(f"/posts/{post_id}")
    ada.post(f"/posts/{post_id}/restore")
    assert thread(client, post_id) == [written]
    assert count(client, post_id) == 1


def test_purging_a_post_deletes_its_comments(ada, people, post_id, sql):
    comment(ada, post_id, parent_id=comment(ada, post_id)["id"])
    assert people("admin").delete(f"/posts/{post_id}?force=true").status_code == 204
    assert sql.one("SELECT count(*) FROM comments") == 0


def test_the_thread_of_a_missing_post_is_not_found(client, post_id):
    assert client.get(f"/api/v1/posts/{post_id + 1}/comments").status_code == 404
