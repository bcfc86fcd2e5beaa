"""Tests that PostgreSQL receives the statements printed in docs/database.md."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from blog_api.crud import outbox
from blog_api.database.session import db, transaction
from blog_api.services.changes import delete_old_changes, number_changes
from blog_api.services.housekeeping import prune_tags, purge_trash, remove_expired
from tests.cli.helpers import run_command
from tests.database_page import PAGE, blocks, missing, recorded
from tests.keyed import POST
from tests.pictures import upload

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def sent(app):
    """The statements sent to the server."""
    with app.app_context():
        engine = db.engine
    with recorded(engine) as statements:
        yield statements


def test_the_docs_show_the_sql_of_several_authors(sent, people):
    ada, eve, bob = people(), people(), people()
    post = ada.write()
    ada.client.get(f"/api/v1/posts?author={ada.id}")
    assert ada.patch(f"/posts/{post['id']}", {"co_authors": [eve.id, bob.id]}).status_code == 200
    assert missing(blocks("Several authors"), sent) == []


def test_the_docs_show_the_sql_of_a_unit_of_work(sent, people):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    for changes in ({"title": "Mine"}, {"tags": ["new"]}):
        assert ada.patch(path, changes).status_code == 200
    assert missing(blocks("Units of work"), sent) == []


def test_the_docs_show_the_sql_of_revisions_and_renderings(sent, people):
    ada = people()
    assert ada.patch(f"/posts/{ada.write()['id']}", {"content": "New."}).status_code == 200
    assert missing(blocks("Revisions and renderings"), sent) == []


def test_the_docs_show_the_sql_of_pictures(sent, people):
    ada = people()
    assert ada.delete(f"/media/{upload(ada)['id']}").status_code == 204
    assert missing(blocks("Pictures outside the database"), sent) == []


def test_the_docs_show_the_sql_of_savepoints(sent, people):
    ada, bob = people(), people()
    path = f"/posts/{ada.write(status='draft')['id']}"
    assert ada.delete(path).status_code == 204
    bob.write()
    assert ada.post(f"{path}/restore").json["slug_changed"]
    assert missing(blocks("Savepoints"), sent) == []


def test_the_docs_show_the_sql_of_bulk_operations(sent, people):
    ada = people()
    first, second = ada.write()["id"], ada.write("Other")["id"]
    operations = [{"op": "update", "id": first, "data": {"title": "Changed"}}, {"op": "delete", "id": second}]
    done = ada.post("/posts/bulk", {"operations": operations})
    assert done.status_code == 200, done.json
    taken = ada.write("Taken")
    refused = {"op": "update", "id": first, "data": {"slug": taken["slug"]}}
    right = {"op": "update", "id": first, "data": {"summary": "Right."}}
    done = ada.post("/posts/bulk", {"mode": "each", "operations": [refused, right]})
    assert [result["status"] for result in done.json["results"]] == [409, 200]
    assert missing(blocks("Bulk writes")[1:2], sent) == []


def test_the_docs_show_the_sql_of_a_bulk_update(sent, people):
    ada = people("editor")
    for title in ("One", "Other"):
        ada.write(title, tags=["old"], status="published")
    changes = {"status": "archived", "add_tags": ["new"], "remove_tags": ["old"]}
    assert ada.post("/posts/bulk/update?tag=old", changes).json["changed"] == 2
    assert missing(blocks("Bulk writes")[:1], sent) == []


def test_the_docs_show_the_sql_of_filters(sent, client):
    filters = "without_tag=big,rare&has_tags=true&published_after=2026-01-01T00:00:00Z&title_contains=100%25"
    assert client.get(f"/api/v1/posts?{filters}").status_code == 200
    assert missing(blocks("Filters"), sent) == []


def test_the_docs_show_the_sql_of_pages(sent, people, client):
    for title in ("One", "Other"):
        people().write(title)
    cursor = client.get("/api/v1/posts?limit=1").json["pagination"]["next_cursor"]
    for query in (f"cursor={cursor}", "offset=40"):
        assert client.get(f"/api/v1/posts?{query}").status_code == 200
    assert missing(blocks("Keyset pagination"), sent) == []


def test_the_docs_show_the_sql_of_related_rows(sent, client):
    client.get("/api/v1/posts?fields=id,title,tags")
    assert missing(blocks("Related rows as JSON"), sent) == []


def test_the_docs_show_the_sql_of_upserts_and_a_merge(sent, people):
    editor = people("editor")
    other, one = people().write(tags=["old", "new"])["tags"]
    assert editor.post(f"/tags/{one['id']}/merge", {"into": other["id"]}).status_code == 200
    assert missing([*blocks("Upserts"), *blocks("Row locks")[1:]], sent) == []


def test_the_docs_show_the_sql_of_row_locks(sent, people, client):
    root, other = people("admin"), people("admin")
    assert root.patch(f"/users/{other.id}", {"role": "author"}).status_code == 200
    refresh = {"Authorization": f"Bearer {root.tokens['refresh_token']}"}
    assert client.post("/api/v1/auth/refresh", headers=refresh).status_code == 200
    assert missing(blocks("Row locks")[:1], sent) == []


def test_the_docs_show_the_sql_of_queues(sent, app, people):
    people("editor").post("/tags", {"name": "unused"})
    with app.app_context():
        with transaction():
            outbox.add_message("password_reset", "ada@example.com")
            assert outbox.lock_due_message()
        remove_expired(90)
        prune_tags(timedelta(days=-1))
        purge_trash(timedelta(days=30))
    assert missing(blocks("Queues"), sent) == []


def test_the_docs_show_the_sql_of_the_feed_of_changes(sent, app, people):
    people().write()
    with app.app_context():
        number_changes()
        with transaction():
            delete_old_changes(-1, 1000)
    assert missing(blocks("The feed of changes"), sent) == []


def test_the_docs_show_the_sql_of_an_idempotency_key(sent, people):
    assert people().post("/posts", POST, headers={"Idempotency-Key": "k1"}).status_code == 201
    assert missing(blocks("Idempotency-Key"), sent) == []


def test_the_docs_show_the_sql_of_aggregations(sent, people):
    editor = people("editor")
    assert editor.get("/stats").status_code == 200
    assert missing(blocks("Aggregations"), sent) == []


def test_the_docs_show_the_sql_of_cached_responses(sent, client, people):
    post_id = people().write()["id"]
    for path in ("/api/v1/posts", f"/api/v1/posts/{post_id}"):
        for _ in range(3):
            client.get(path)
    assert missing(blocks("Cached responses"), sent) == []


def test_the_docs_show_the_sql_of_the_personal_feed(sent, people):
    ada = people()
    assert ada.put(f"/users/{ada.id}/follow").status_code == 204
    assert ada.get("/posts?followed=true").status_code == 200
    assert missing(blocks("The personal feed"), sent) == []


def test_the_docs_show_the_output_of_check_db(app):
    printed = PAGE.split("$ flask --app wsgi check-db\n")[1].partition("\n\n")[0]
    lines = run_command(app, "check-db").output.splitlines()
    assert [line.split()[0] for line in printed.splitlines()] == [line.split()[0] for line in lines]
    # Without the number of the revision, which every migration would have to change.
    migrations = next(line for line in lines if line.startswith("migrations"))
    assert re.sub(r"\d", "N", migrations) in printed


def test_the_docs_show_the_sql_of_an_import(sent, app, tmp_path):
    for name in ("hello", "other", "third"):
        matter = "date: 2020-01-01\ntags: [accessibility, api, web]"
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\n{matter}\n---\n")
    assert run_command(app, "import-markdown", str(tmp_path)).exit_code == 0
    assert missing(blocks("Bulk writes")[2:], sent) == []


def test_the_docs_show_the_sql_of_a_thread(sent, client, people):
    editor = people("editor")
    post_id = editor.write()["id"]
    path = f"/posts/{post_id}/comments"
    first = editor.post(path, {"content": "Well said."}).json["id"]
    reply = editor.post(path, {"content": "Thanks.", "parent_id": first}).json["id"]
    client.get(f"/api/v1{path}")
    assert editor.delete(f"/comments/{first}").status_code == 204
    assert editor.delete(f"/comments/{reply}").status_code == 204
    assert missing(blocks("Threads of comments"), sent) == []
