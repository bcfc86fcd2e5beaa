"""Comments in the feed of changes."""

from __future__ import annotations

import pytest

from tests.blueprints.comments.helpers import comment, comment_as_guest


@pytest.fixture
def both(follow, editor):
    """Follow the feed as everyone and as an editor. Return the new entries of each without the prefix of their type."""
    followers = follow(), follow(editor)

    def read():
        return [
            [
                (entry["type"].removeprefix("comment."), entry["id"])
                for entry in one.read()
                if entry["type"].startswith("comment.")
            ]
            for one in followers
        ]

    read()
    return read


def test_an_entry_names_the_post(ada, post_id, follow):
    everyone = follow()
    written = comment(ada, post_id)
    (entry,) = everyone.read()
    expected = {"type": "comment.published", "id": written["id"], "post_id": post_id}
    assert {name: entry[name] for name in expected} == expected


def test_public_comments_are_public_changes(ada, editor, post_id, both):
    one = comment(ada, post_id)["id"]
    ada.patch(f"/comments/{one}", {"content": "Other."})
    editor.patch(f"/comments/{one}", {"status": "spam"})
    editor.patch(f"/comments/{one}", {"status": "approved"})
    ada.delete(f"/comments/{one}")
    expected = [(kind, one) for kind in ("published", "updated", "deleted", "published", "deleted")]
    assert both() == [expected, expected]


def test_waiting_comments_are_changes_for_editors(client, editor, reader, open_to_guests, post_id, both):
    one, two = comment(reader, post_id)["id"], comment_as_guest(client, post_id).json["id"]
    reader.patch(f"/comments/{one}", {"content": "Other."})
    editor.post("/comments/moderate", {"ids": [one, two], "status": "spam"})
    editor.patch(f"/comments/{one}", {"status": "pending"})
    reader.delete(f"/comments/{one}")
    public, all_entries = both()
    assert public == []
    assert all_entries == [
        ("pending", one),
        ("pending", two),
        ("updated", one),
        ("updated", one),
        ("updated", two),
        ("pending", one),
        ("deleted", one),
    ]


def test_moderated_comments_are_published_together(editor, reader, post_id, both):
    ids = [comment(reader, post_id)["id"] for _ in range(3)]
    both()
    editor.post("/comments/moderate", {"ids": ids, "status": "approved"})
    assert both() == [[("published", one) for one in ids]] * 2


def test_a_placeholder_is_deleted_once(ada, post_id, both):
    one = comment(ada, post_id)["id"]
    two = comment(ada, post_id, parent_id=one)["id"]
    both()
    ada.delete(f"/comments/{one}")
    ada.delete(f"/comments/{two}")
    assert both() == [[("deleted", one), ("deleted", two)]] * 2


def test_comments_of_a_post_that_is_not_public_are_not_public_changes(ada, editor, post_id, both):
    one = comment(ada, post_id)["id"]
    both()
    ada.patch(f"/posts/{post_id}", {"status": "draft"})
    editor.patch(f"/comments/{one}", {"content": "Other."})
    editor.delete(f"/comments/{one}")
    assert both() == [[], [("updated", one), ("deleted", one)]]
