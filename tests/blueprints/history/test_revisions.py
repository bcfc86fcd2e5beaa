"""Tests of the revisions of posts."""

from __future__ import annotations

import pytest

from blog_api.schemas.revisions import WRITABLE
from tests.blueprints.bulk_updates import change
from tests.blueprints.history.helpers import changed_in, revisions_of

# Another value of each writable member.
OTHERS = {
    "slug": "another",
    "title": "Another",
    "summary": "Short.",
    "content": "Another text.",
    "status": "archived",
    "published_at": "2020-01-01T00:00:00Z",
    "kind": "page",
    "featured": True,
    "language": "de",
    "image": {"url": "https://example.com/cat.jpg", "alt": "A cat"},
    "meta_title": "For search engines",
    "meta_description": "Also for search engines",
    "canonical_url": "https://example.org/first",
    "noindex": True,
    "metadata": {"_private": 1},
    "tags": ["Flask"],
    "aliases": ["/old/"],
}


def test_every_save_is_a_revision_with_its_version_and_author(people):
    ada, editor = people("author", "ada"), people("editor", "grace")
    post = ada.write("Hello", content="One.", status="draft", tags=["Python"])
    editor.patch(f"/posts/{post['id']}", json={"content": "Two.", "status": "published"})
    newest, oldest = revisions_of(ada, post["id"])
    assert newest == {
        "number": 2,
        "version": 2,
        "created_at": newest["created_at"],
        "author": {"id": editor.id, "username": "grace", "display_name": "grace"},
        "live": True,
        "changed": ["content", "status", "published_at"],
    }
    assert (oldest["number"], oldest["version"], oldest["live"]) == (1, 1, False)
    assert oldest["author"]["username"] == "ada"
    assert oldest["changed"] == ["slug", "title", "content", "author_id", "tags"]


def test_a_revision_has_every_writable_member(people):
    editor = people("editor")
    other = people("author")
    post = editor.write("Hello", status="draft", co_authors=[other.id])
    for name, value in OTHERS.items():
        assert editor.patch(f"/posts/{post['id']}", json={name: value}).status_code == 200, name
    last = len(OTHERS) + 1
    revision = editor.get(f"/posts/{post['id']}/revisions/{last}").json
    read = editor.get(f"/posts/{post['id']}").json
    assert set(WRITABLE) <= set(revision)
    related = {"tags": ["Flask"], "co_authors": [other.id], "author_id": editor.id}
    assert {name: revision[name] for name in WRITABLE} == {
        name: related[name] if name in related else read[name] for name in WRITABLE
    }
    assert changed_in(editor, post["id"])[:-1] == [[name] for name in reversed(OTHERS)]


def test_a_save_that_changes_nothing_leaves_no_revision(people):
    ada = people("author")
    post = ada.write("Hello", tags=["Python"])
    ada.patch(f"/posts/{post['id']}", json={"title": "Hello", "tags": ["Python"], "content": "Text."})
    ada.delete(f"/posts/{post['id']}")
    ada.post(f"/posts/{post['id']}/restore")
    assert len(revisions_of(ada, post["id"])) == 1


def test_restoring_under_another_slug_leaves_a_revision(people):
    ada = people("author")
    post = ada.write("Hello", status="draft")
    ada.delete(f"/posts/{post['id']}")
    ada.write("Hello", status="draft")
    assert ada.post(f"/posts/{post['id']}/restore").json["slug_changed"]
    assert changed_in(ada, post["id"])[0] == ["slug"]


def test_an_automatic_slug_changes_with_the_title_in_one_revision(people):
    ada = people("author")
    post = ada.write("Hello", status="draft")
    ada.patch(f"/posts/{post['id']}", json={"title": "Goodbye"})
    (newest, _) = revisions_of(ada, post["id"])
    assert newest["changed"] == ["slug", "title"]
    assert newest["version"] == 2
    assert ada.get(f"/posts/{post['id']}/revisions/2").json["slug"] == "goodbye"


def test_the_order_and_the_owner_of_authors_are_told_apart(people):
    editor, ada, bob = people("editor"), people("author"), people("author")
    post = ada.write("Hello", co_authors=[editor.id, bob.id])
    ada.patch(f"/posts/{post['id']}", json={"co_authors": [bob.id, editor.id]})
    editor.patch(f"/posts/{post['id']}", json={"author_id": bob.id})
    assert changed_in(editor, post["id"])[:2] == [["author_id", "co_authors"], ["co_authors"]]
    revision = editor.get(f"/posts/{post['id']}/revisions/3").json
    assert (revision["author_id"], revision["co_authors"]) == (bob.id, [editor.id])


def test_operations_on_tags_leave_no_revision(people):
    editor = people("editor")
    post = editor.write("Hello", tags=["Python", "Flask", "Django"])
    ids = [tag["id"] for tag in sorted(post["tags"], key=lambda tag: tag["name"])]
    editor.patch(f"/tags/{ids[0]}", json={"name": "Django 6"})
    editor.post(f"/tags/{ids[1]}/merge", json={"into": ids[2]})
    editor.delete(f"/tags/{ids[0]}")
    assert len(revisions_of(editor, post["id"])) == 1


def test_revisions_are_written_by_bulk_operations(people):
    editor = people("editor")
    post = editor.write("Hello", status="draft")
    operations = [
        {"op": "create", "data": {"title": "New", "tags": ["Python"]}},
        {"op": "update", "id": post["id"], "data": {"content": "Two."}},
        {"op": "update", "id": post["id"], "data": {"content": "Three."}},
        {"op": "update", "id": post["id"], "data": {"slug": "??"}},
    ]
    results = editor.post("/posts/bulk", json={"mode": "each", "operations": operations}).json["results"]
    assert [result["status"] for result in results] == [201, 200, 200, 422]
    assert [one["version"] for one in revisions_of(editor, post["id"])] == [3, 2, 1]
    assert len(revisions_of(editor, results[0]["data"]["id"])) == 1


def test_revisions_are_written_by_updates_of_many_posts(people):
    editor = people("editor")
    draft = editor.write("Draft", status="draft", tags=["Python"])
    dated = editor.write("Dated", status="draft", published_at="2020-01-01T00:00:00Z")
    change(editor, "?status=draft", status="published", add_tags=["Python"])
    assert changed_in(editor, draft["id"])[0] == ["status", "published_at"]
    assert changed_in(editor, dated["id"])[0] == ["status", "tags"]
    newest = revisions_of(editor, dated["id"])[0]
    assert (newest["number"], newest["version"], newest["live"]) == (2, 2, True)
    assert newest["author"]["id"] == editor.id
    assert editor.get(f"/posts/{dated['id']}/revisions/2").json["tags"] == ["Python"]


@pytest.mark.writes_directly
def test_the_first_change_after_the_upgrade_stores_the_former_state(people, sql):
    editor = people("editor")
    posts = [editor.write(f"Post {n}", content="Old.", tags=["Python"], status="draft") for n in range(3)]
    sql("DELETE FROM revisions")
    editor.patch(f"/posts/{posts[0]['id']}", json={"content": "New.", "tags": []})
    editor.delete(f"/posts/{posts[1]['id']}")
    change(editor, f"?status=draft&id={posts[2]['id']}", status="archived")
    assert editor.get(f"/posts/{posts[1]['id']}").status_code == 404
    for post, changed in ((posts[0], ["content", "tags"]), (posts[2], ["status"])):
        newest, former = revisions_of(editor, post["id"])
        assert (newest["number"], newest["version"], newest["changed"]) == (2, 2, changed)
        assert (former["number"], former["version"], former["author"]) == (1, 1, None)
        revision = editor.get(f"/posts/{post['id']}/revisions/1").json
        assert (revision["content"], revision["tags"], revision["status"]) == ("Old.", ["Python"], "draft")
    assert sql.one("SELECT count(*) FROM revisions") == 4


@pytest.mark.writes_directly
def test_the_former_state_of_a_post_without_revisions_keeps_its_slug(people, sql):
    ada = people("author")
    post = ada.write("Hello", status="draft")
    sql("DELETE FROM revisions")
    ada.patch(f"/posts/{post['id']}", json={"title": "Goodbye"})
    assert ada.get(f"/posts/{post['id']}/revisions/1").json["slug"] == "hello"


def test_deleting_an_account_leaves_revisions_of_the_posts_that_it_changes(people):
    admin, ada, bob = people("admin"), people("author"), people("author")
    owned = ada.write("Owned", co_authors=[bob.id])
    shared = bob.write("Shared", co_authors=[ada.id])
    assert admin.delete(f"/users/{ada.id}?reassign_to={bob.id}").status_code == 204
    assert changed_in(admin, owned["id"])[0] == ["author_id", "co_authors"]
    assert changed_in(admin, shared["id"])[0] == ["co_authors"]
    newest, oldest = revisions_of(admin, owned["id"])
    assert (newest["author"]["id"], oldest["author"]) == (admin.id, None)
    restored = admin.post(f"/posts/{owned['id']}/revisions/1/restore")
    assert restored.status_code == 200
    assert [author["id"] for author in restored.json["authors"]] == [bob.id]


def test_an_account_that_leaves_by_itself_is_nobody_in_the_revision(people):
    ada, bob = people("author"), people("author")
    post = bob.write("Hello", co_authors=[ada.id])
    assert ada.delete(f"/users/{ada.id}").status_code == 204
    newest = revisions_of(bob, post["id"])[0]
    assert (newest["author"], newest["changed"]) == (None, ["co_authors"])
    assert bob.get(f"/posts/{post['id']}/revisions/2").json["co_authors"] == []


def test_the_list_is_paged(people):
    ada = people("author")
    post = ada.write("Hello")
    for n in range(4):
        ada.patch(f"/posts/{post['id']}", json={"content": str(n)})
    first = ada.get(f"/posts/{post['id']}/revisions?limit=2&total=true").json
    assert first["pagination"]["total"] == 5
    cursor = first["pagination"]["next_cursor"]
    second = ada.get(f"/posts/{post['id']}/revisions?limit=2&cursor={cursor}").json
    numbers = [one["number"] for page in (first, second) for one in page["data"]]
    assert numbers == [5, 4, 3, 2]
    oldest = ada.get(f"/posts/{post['id']}/revisions?sort=number&limit=1").json["data"]
    assert oldest[0]["number"] == 1


def test_only_those_who_may_edit_see_revisions(client, people):
    ada, bob, contributor = people("author"), people("author"), people("contributor")
    post = ada.write("Hello", co_authors=[contributor.id])
    draft = ada.write("Draft", status="draft")
    for path in ("", "/1", "/1/diff"):
        assert client.get(f"/api/v1/posts/{post['id']}/revisions{path}").status_code == 401
        assert bob.get(f"/posts/{post['id']}/revisions{path}").status_code == 403
        assert bob.get(f"/posts/{draft['id']}/revisions{path}").status_code == 404
        assert contributor.get(f"/posts/{post['id']}/revisions{path}").status_code == 403
        assert people("editor").get(f"/posts/{post['id']}/revisions{path}").status_code == 200
    assert bob.post(f"/posts/{post['id']}/revisions/1/restore").status_code == 403
    assert bob.post(f"/posts/{draft['id']}/revisions/1/restore").status_code == 404
    ada.delete(f"/posts/{post['id']}")
    assert ada.get(f"/posts/{post['id']}/revisions").status_code == 404


def test_a_revision_that_does_not_exist_is_not_found(people):
    ada = people("author")
    post, other = ada.write("Hello"), ada.write("Other")
    ada.patch(f"/posts/{other['id']}", json={"content": "Two."})
    path = f"/posts/{post['id']}/revisions"
    for wrong in ("/2", "/2/diff", "/1/diff?against=2", "/99999999999999999999", "/x"):
        assert ada.get(f"{path}{wrong}").status_code == 404, wrong
    assert ada.post(f"{path}/2/restore").status_code == 404
    assert ada.get(f"{path}/1/diff?against=0").status_code == 422
    assert ada.get(f"{path}?sort=version").status_code == 422


def test_purging_a_post_removes_its_revisions(people, sql):
    admin = people("admin")
    post = admin.write("Hello")
    assert admin.delete(f"/posts/{post['id']}?force=true").status_code == 204
    assert sql.one("SELECT count(*) FROM revisions") == 0
