"""Tests of comparing and restoring revisions."""

from __future__ import annotations

from tests.blueprints.history.helpers import changed_in, revisions_of


def test_a_revision_is_compared_with_the_one_before(people):
    ada = people("author")
    post = ada.write("Hello", content="One\nTwo\nThree", tags=["Python"], status="draft")
    ada.patch(f"/posts/{post['id']}", json={"content": "One\n2\nThree", "tags": ["Flask"]})
    ada.patch(f"/posts/{post['id']}", json={"featured": True})
    path = f"/posts/{post['id']}/revisions"
    assert ada.get(f"{path}/3/diff").json == {"featured": {"before": False, "after": True}}
    unified = "@@ -1,3 +1,3 @@\n One\n-Two\n+2\n Three\n"
    content = {"before": "One\nTwo\nThree", "after": "One\n2\nThree", "unified": unified}
    assert ada.get(f"{path}/2/diff").json == {
        "content": content,
        "tags": {"before": ["Python"], "after": ["Flask"]},
    }
    assert set(ada.get(f"{path}/3/diff?against=1").json) == {"featured", "content", "tags"}
    backwards = ada.get(f"{path}/1/diff?against=3").json
    assert backwards["tags"] == {"before": ["Flask"], "after": ["Python"]}
    assert ada.get(f"{path}/2/diff?against=2").json == {}


def test_the_first_revision_is_compared_with_an_empty_post(people):
    ada = people("author")
    post = ada.write("Hello", content="One", status="draft")
    assert ada.get(f"/posts/{post['id']}/revisions/1/diff").json == {
        "slug": {"before": None, "after": "hello"},
        "title": {"before": "", "after": "Hello"},
        "content": {"before": "", "after": "One", "unified": "@@ -0,0 +1,1 @@\n+One\n"},
        "author_id": {"before": None, "after": ada.id},
    }


def test_a_scheduled_post_reads_as_scheduled_in_its_revisions(people):
    ada = people("author")
    post = ada.write("Hello", status="draft")
    ada.patch(f"/posts/{post['id']}", json={"status": "scheduled", "published_at": "2999-01-01T00:00:00Z"})
    revision = ada.get(f"/posts/{post['id']}/revisions/2").json
    assert (revision["status"], revision["live"]) == ("scheduled", False)
    difference = ada.get(f"/posts/{post['id']}/revisions/2/diff").json
    assert difference["status"] == {"before": "draft", "after": "scheduled"}
    assert difference["published_at"]["after"] == "2999-01-01T00:00:00Z"


def test_restoring_a_revision_is_an_update_that_can_be_undone(people):
    editor, other = people("editor"), people("author")
    first = {
        "content": "One.",
        "summary": "Short.",
        "tags": ["Python"],
        "co_authors": [other.id],
        "aliases": ["/a/"],
    }
    post = editor.write("Hello", **first)
    second = {"content": "Two.", "summary": "", "tags": [], "co_authors": [], "aliases": [], "slug": "other"}
    editor.patch(f"/posts/{post['id']}", json=second)
    reply = editor.post(f"/posts/{post['id']}/revisions/1/restore")
    assert reply.status_code == 200
    assert reply.json | {"updated_at": post["updated_at"]} == post
    assert changed_in(editor, post["id"])[0] == changed_in(editor, post["id"])[1]
    assert [one["version"] for one in revisions_of(editor, post["id"])] == [3, 2, 1]
    assert editor.post(f"/posts/{post['id']}/revisions/2/restore").json["content"] == "Two."


def test_restoring_needs_the_version_that_if_match_names(people):
    ada = people("author")
    post = ada.write("Hello", content="One.")
    stale = ada.get(f"/posts/{post['id']}").headers["ETag"]
    current = ada.patch(f"/posts/{post['id']}", json={"content": "Two."}).headers["ETag"]
    path = f"/posts/{post['id']}/revisions/1/restore"
    assert ada.post(path, headers={"If-Match": stale}).status_code == 412
    assert ada.post(path, headers={"If-Match": current}).status_code == 200


def test_restoring_uses_the_present_names_of_tags(people):
    editor = people("editor")
    post = editor.write("Hello", tags=["Python", "Flask", "Django"])
    ids = {tag["name"]: tag["id"] for tag in post["tags"]}
    editor.patch(f"/posts/{post['id']}", json={"tags": []})
    editor.patch(f"/tags/{ids['Python']}", json={"name": "Python 4"})
    editor.post(f"/tags/{ids['Flask']}/merge", json={"into": ids["Django"]})
    restored = editor.post(f"/posts/{post['id']}/revisions/1/restore").json
    assert [tag["name"] for tag in restored["tags"]] == ["Django", "Python 4"]


def test_restoring_leaves_out_accounts_that_no_longer_exist(people):
    admin, ada, bob, carol = people("admin"), people("author"), people("author"), people("author")
    post = ada.write("Hello", co_authors=[bob.id, carol.id])
    ada.patch(f"/posts/{post['id']}", json={"co_authors": []})
    assert admin.delete(f"/users/{bob.id}").status_code == 204
    restored = ada.post(f"/posts/{post['id']}/revisions/1/restore").json
    assert [author["id"] for author in restored["authors"]] == [ada.id, carol.id]


def test_an_author_restores_what_they_may_change(people):
    editor, ada, bob = people("editor"), people("author"), people("author")
    post = editor.write("Hello", content="One.", co_authors=[ada.id, bob.id], aliases=["/a/"])
    changes = {"content": "Two.", "co_authors": [ada.id], "aliases": []}
    editor.patch(f"/posts/{post['id']}", json=changes)
    restored = ada.post(f"/posts/{post['id']}/revisions/1/restore")
    assert restored.status_code == 200
    assert (restored.json["content"], restored.json["aliases"]) == ("One.", [])
    assert [author["id"] for author in restored.json["authors"]] == [editor.id, ada.id]


def test_a_slug_that_another_post_has_taken_is_a_conflict(people):
    ada = people("author")
    post = ada.write("Hello", slug="wanted", status="draft")
    ada.patch(f"/posts/{post['id']}", json={"slug": "other"})
    ada.write("Another", slug="wanted", status="draft")
    reply = ada.post(f"/posts/{post['id']}/revisions/1/restore")
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (409, "/slug")


def test_contributors_cannot_restore_the_published_state(people):
    editor, contributor = people("editor"), people("contributor")
    post = contributor.write("Hello", status="draft")
    editor.patch(f"/posts/{post['id']}", json={"status": "published"})
    editor.patch(f"/posts/{post['id']}", json={"status": "draft", "content": "Again."})
    assert contributor.post(f"/posts/{post['id']}/revisions/2/restore").status_code == 403
    assert contributor.post(f"/posts/{post['id']}/revisions/1/restore").status_code == 200


def test_a_replayed_restore_changes_nothing(people):
    ada = people("author")
    post = ada.write("Hello", content="One.")
    ada.patch(f"/posts/{post['id']}", json={"content": "Two."})
    path, key = f"/posts/{post['id']}/revisions/1/restore", {"Idempotency-Key": "k"}
    first = ada.post(path, headers=key)
    ada.patch(f"/posts/{post['id']}", json={"content": "Three."})
    assert ada.post(path, headers=key).data == first.data
    assert ada.get(f"/posts/{post['id']}").json["content"] == "Three."
