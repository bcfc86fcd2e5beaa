"""The page about the database is true: the statements of these items are those that PostgreSQL is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from blog_api.database.session import db
from blog_api.services.housekeeping import prune_tags, purge_trash, remove_expired
from tests.cli.helpers import run_command
from tests.database_page import PAGE, blocks, missing, noting
from tests.keyed import POST

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def sent(app):
    """Collects what the server is sent."""
    with app.app_context():
        engine = db.engine
    with noting(engine) as statements:
        yield statements


def test_several_authors(sent, people):
    ada, eve, bob = people(), people(), people()
    post = ada.write()
    ada.client.get(f"/api/v1/posts?author={ada.id}")
    assert ada.patch(f"/posts/{post['id']}", {"co_authors": [eve.id, bob.id]}).status_code == 200
    assert missing(blocks("Several authors"), sent) == []


def test_the_trash(sent, app, people):
    ada, bob = people(), people()
    path = f"/posts/{ada.write()['id']}"
    assert ada.delete(path).status_code == 204
    ada.get("/posts?trashed=true")
    bob.write()
    assert ada.post(f"{path}/restore").json["slug_changed"]
    with app.app_context():
        purge_trash(timedelta(days=30))
    assert missing(blocks("Trash"), sent) == []


def test_many_operations_at_once(sent, people):
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
    assert missing(blocks("Bulk")[:2], sent) == []


def test_one_change_of_many_posts(sent, people):
    ada = people("editor")
    for title in ("One", "Other"):
        ada.write(title, tags=["old"], status="published")
    changes = {"status": "archived", "add_tags": ["new"], "remove_tags": ["old"]}
    assert ada.post("/posts/bulk/update?tag=old", changes).json["changed"] == 2
    assert missing(blocks("Bulk")[2:], sent) == []


def test_filters_and_an_offset(sent, client):
    filters = "without_tag=big,rare&has_tags=true&updated_after=2026-01-01T00:00:00Z&title_contains=100%25"
    for query in (filters, "offset=40"):
        assert client.get(f"/api/v1/posts?{query}").status_code == 200
    assert missing(blocks("Queries"), sent) == []


def test_row_locks_and_a_key(sent, people):
    root, other = people("admin"), people("admin")
    assert root.patch(f"/users/{other.id}", {"role": "author"}).status_code == 200
    assert root.post("/posts", POST, headers={"Idempotency-Key": "k1"}).status_code == 201
    assert missing(blocks("Transactions"), sent) == []


def test_sparse_fields(sent, client):
    client.get("/api/v1/posts?fields=id,title,tags")
    assert missing(blocks("Sparse fields"), sent) == []


def test_aggregations(sent, app, people, client):
    editor = people("editor")
    other, one = people().write(tags=["old", "new"])["tags"]
    assert editor.get("/stats").status_code == 200
    assert editor.get("/tags?sort=-post_count").status_code == 200
    assert editor.post(f"/tags/{one['id']}/merge", {"into": other["id"]}).status_code == 200
    editor.post("/tags", {"name": "unused"})
    with app.app_context():
        prune_tags(timedelta(days=-1))
    assert missing(blocks("Aggregations"), sent) == []


def test_optimistic_locking(sent, app, people, client):
    ada = people()
    assert ada.patch(f"/posts/{ada.write()['id']}", {"title": "Mine"}).status_code == 200
    for _ in range(2):
        client.get("/api/v1/posts")
    assert missing(blocks("Optimistic locking"), sent) == []


def test_housekeeping(sent, app):
    with app.app_context():
        remove_expired()
    assert missing(blocks("Housekeeping"), sent) == []


def test_what_check_db_prints(app):
    printed = PAGE.split("$ flask --app wsgi check-db\n")[1].partition("\n\n")[0]
    lines = run_command(app, "check-db").output.splitlines()
    assert [line.split()[0] for line in printed.splitlines()] == [line.split()[0] for line in lines]
    assert next(line for line in lines if line.startswith("migrations")) in printed


def test_an_import(sent, app, tmp_path):
    for name in ("hello", "other", "third"):
        matter = "date: 2020-01-01\ntags: [accessibility, api, web]"
        (tmp_path / f"{name}.md").write_text(f"---\ntitle: {name}\n{matter}\n---\n")
    assert run_command(app, "import-markdown", str(tmp_path)).exit_code == 0
    assert missing(blocks("Import and seed are bulk"), sent) == []
