"""What the feed of changes lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blog_api.crud.changes import numbering
from tests.blueprints.changes.helpers import number

PAST = "2026-01-01T00:00:00Z"
LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture
def come_due(sql):
    """Let all scheduled posts come due a minute ago, as if time had passed."""
    return lambda: sql(
        "UPDATE posts SET published_at = :past WHERE published_at > :now",
        past=datetime.now(UTC) - timedelta(minutes=1),
        now=datetime.now(UTC),
    )


def test_a_request_without_a_cursor_returns_the_end_of_the_feed(people, client, app):
    people().write()
    number(app)
    reply = client.get("/api/v1/changes")
    assert (reply.status_code, reply.json["data"]) == (200, [])
    cursor = reply.json["pagination"]["next_cursor"]
    again = client.get(f"/api/v1/changes?cursor={cursor}").json
    assert again == {"data": [], "pagination": {"next_cursor": cursor}}


def test_an_entry_has_the_members_of_the_contract(people, follow):
    follower, editor = follow(), people("editor")
    before = datetime.now(UTC)
    post = editor.write()
    one, other = (editor.post("/tags", {"name": name}).json["id"] for name in "ab")
    editor.post(f"/tags/{one}/merge", {"into": other})
    entries = follower.read()
    assert [set(entry) for entry in entries[:2]] == [{"cursor", "type", "id", "at"}] * 2
    assert (entries[0]["type"], entries[0]["id"]) == ("post.published", post["id"])
    assert (entries[-1]["type"], entries[-1]["id"], entries[-1]["into"]) == ("tag.merged", one, other)
    times = [datetime.fromisoformat(entry["at"]) for entry in entries]
    assert before <= times[0]
    assert times == sorted(times)
    assert follower.get(f"cursor={entries[0]['cursor']}")["data"] == entries[1:]


def test_a_change_is_not_shown_before_it_is_numbered(people, follow, client):
    follower = follow()
    people().write()
    assert follower.get(f"cursor={follower.cursor}")["data"] == []
    assert len(follower.read()) == 1


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([{"status": "draft"}], []),
        ([{"status": "draft"}, {"title": "New"}], []),
        ([{"status": "draft"}, {"status": "published"}], ["published"]),
        ([{}], ["published"]),
        ([{}, {"title": "New"}], ["published", "updated"]),
        ([{}, {"tags": ["new"]}], ["published", "updated"]),
        ([{}, {"status": "archived"}], ["published", "unpublished"]),
        ([{}, {"status": "draft"}, {"title": "New"}], ["published", "unpublished"]),
        ([{}, {"published_at": LATER}], ["published", "unpublished"]),
        ([{}, {"published_at": LATER}, {"status": "draft"}], ["published", "unpublished"]),
        ([{}, {"published_at": LATER}, {"published_at": PAST}], ["published", "unpublished", "published"]),
        ([{"published_at": LATER}, {"title": "New"}], []),
        ([{}, {"status": "archived"}, {"status": "published"}], ["published", "unpublished", "published"]),
    ],
)  # fmt: skip
def test_a_post_enters_and_leaves_public_view(people, follow, steps, expected):
    follower, editor = follow(), people("editor")
    post = editor.write(**steps[0])
    for change in steps[1:]:
        assert editor.patch(f"/posts/{post['id']}", change).status_code == 200
    assert follower.types("post") == [(f"post.{kind}", post["id"]) for kind in expected]


def test_a_post_is_trashed_restored_and_purged(people, follow):
    follower, admin = follow(), people("admin")
    post = admin.write()
    path = f"/posts/{post['id']}"
    admin.delete(path)
    admin.post(f"{path}/restore")
    admin.delete(path)
    admin.delete(f"{path}?force=true")
    kinds = ["published", "unpublished", "published", "unpublished", "deleted"]
    assert follower.types() == [(f"post.{kind}", post["id"]) for kind in kinds]


def test_a_public_post_can_be_purged_at_once(people, follow):
    follower, admin = follow(), people("admin")
    post = admin.write()
    admin.delete(f"/posts/{post['id']}?force=true")
    assert follower.types() == [("post.published", post["id"]), ("post.deleted", post["id"])]


def test_the_end_of_a_draft_is_shown_to_editors_only(people, follow):
    admin = people("admin")
    everyone, editors, author = follow(), follow(admin), follow(people())
    post = admin.write(status="draft")
    admin.delete(f"/posts/{post['id']}?force=true")
    assert everyone.types() == author.types() == []
    assert editors.types() == [("post.deleted", post["id"])]


def test_a_post_that_comes_due_is_published_exactly_once(people, follow, come_due, app):
    follower, ada = follow(), people()
    post = ada.write(published_at=LATER)
    assert follower.types() == []
    come_due()
    assert follower.types() == [("post.published", post["id"])]
    assert follower.types() == []
    ada.patch(f"/posts/{post['id']}", {"title": "New"})
    assert follower.types() == [("post.updated", post["id"])]


def test_announcing_a_post_changes_neither_its_version_nor_its_time(people, follow, come_due, app):
    ada = people()
    post = ada.write(published_at=LATER)
    come_due()
    before = ada.get(f"/posts/{post['id']}")
    assert number(app) == 1
    after = ada.get(f"/posts/{post['id']}")
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


@pytest.mark.parametrize(
    ("change", "kind"), [({"title": "New"}, "updated"), ({"status": "archived"}, "unpublished")]
)
def test_a_write_to_a_due_post_announces_it_first(people, follow, come_due, change, kind):
    follower, ada = follow(), people()
    post = ada.write(published_at=LATER)
    come_due()
    ada.patch(f"/posts/{post['id']}", change)
    assert follower.types() == [("post.published", post["id"]), (f"post.{kind}", post["id"])]


@pytest.mark.parametrize("force", [False, True])
def test_a_due_post_is_announced_before_it_goes(people, follow, come_due, force):
    follower, admin = follow(), people("admin")
    post = admin.write(published_at=LATER)
    come_due()
    admin.delete(f"/posts/{post['id']}{'?force=true' if force else ''}")
    left = "post.deleted" if force else "post.unpublished"
    assert follower.types() == [("post.published", post["id"]), (left, post["id"])]


def test_a_bulk_request_lists_each_post(people, follow):
    follower, editor = follow(), people("editor")
    first, second = editor.write("One"), editor.write("Two")
    draft = editor.write("Draft", status="draft")
    follower.read()
    operations = [
        {"op": "create", "data": {"title": "New", "content": "", "status": "published"}},
        {"op": "update", "id": first["id"], "data": {"title": "Other"}},
        {"op": "delete", "id": second["id"]},
        {"op": "update", "id": draft["id"], "data": {"title": "Still a draft"}},
    ]
    reply = editor.post("/posts/bulk", {"mode": "each", "operations": operations})
    new = reply.json["results"][0]["data"]["id"]
    expected = [("post.published", new), ("post.updated", first["id"]), ("post.unpublished", second["id"])]
    assert sorted(follower.types("post")) == sorted(expected)


def test_a_bulk_update_lists_each_public_post(people, follow, come_due):
    follower, editor = follow(), people("editor")
    ids = [editor.write(f"{n}")["id"] for n in range(3)]
    due = editor.write("Due", published_at=LATER)["id"]
    editor.write("Draft", status="draft")
    come_due()
    follower.read()
    editor.post("/posts/bulk/update?status=all", {"add_tags": ["new"]})
    assert follower.types("post") == [("post.updated", row_id) for row_id in (*ids, due)]
    editor.post("/posts/bulk/update?status=all", {"status": "archived"})
    assert follower.types("post") == [("post.unpublished", row_id) for row_id in (*ids, due)]
    editor.post("/posts/bulk/update?status=archived", {"status": "published"})
    assert [kind for kind, _ in follower.types("post")] == ["post.published"] * 5


def test_a_refused_write_leaves_no_entry(people, follow):
    follower, ada, bob = follow(), people(), people()
    post = ada.write(slug="taken")
    follower.read()
    assert bob.patch(f"/posts/{post['id']}", {"title": "Mine"}).status_code == 403
    assert (
        bob.post("/posts", {"title": "x", "content": "", "slug": "taken", "tags": ["new"]}).status_code == 409
    )
    failing = [
        {"op": "create", "data": {"title": "x", "content": "", "status": "published"}},
        {"op": "delete", "id": post["id"]},
    ]
    assert bob.post("/posts/bulk", {"mode": "atomic", "operations": failing}).status_code == 403
    assert follower.types() == []


def test_a_draft_takes_no_statement(people, count_queries, app):
    ada = people()
    post = ada.write(status="draft")
    with count_queries() as statements:
        ada.patch(f"/posts/{post['id']}", {"title": "New"})
    assert not [statement for statement in statements if "changes" in statement]


def test_nothing_is_written_while_nothing_waits(people, count_queries, app):
    people().write()
    number(app)
    with count_queries() as statements:
        assert number(app) == 0
    assert [statement.split()[0] for statement in statements] == ["SELECT"]


def test_many_changes_are_numbered_in_batches(people, follow, app, monkeypatch):
    follower, editor = follow(), people("editor")
    ids = [editor.write(f"{n}")["id"] for n in range(7)]
    monkeypatch.setattr("blog_api.services.changes.BATCH", 3)
    assert number(app) == 7
    assert follower.types(limit=2) == [("post.published", row_id) for row_id in ids]
    with app.app_context():
        assert numbering.lock_feed()[0] == 7
