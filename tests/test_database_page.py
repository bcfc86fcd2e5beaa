"""The page about the database is true: the statements of these items are those that PostgreSQL is sent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import event

from blog_api.crud import content
from blog_api.database import db
from blog_api.services.housekeeping import prune_tags, purge_trash, remove_expired
from config import PROJECT
from tests.cli.helpers import run_command

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
PAGE = (PROJECT / "docs" / "database.md").read_text(encoding="utf-8")


@pytest.fixture
def sent(app):
    """Collects what the server is sent, with the values in it; what it refuses, too."""
    with app.app_context():
        engine = db.engine
    statements = []

    def note(_connection, cursor, *_rest):
        statements.append(cursor.query.decode())

    def note_refused(context):
        statements.append(context.execution_context.cursor.query.decode())

    event.listen(engine, "after_cursor_execute", note)
    event.listen(engine, "handle_error", note_refused)
    yield statements
    event.remove(engine, "after_cursor_execute", note)
    event.remove(engine, "handle_error", note_refused)


def blocks(title):
    """The blocks of SQL of an item."""
    return re.findall(r"```sql\n(.*?)```", PAGE.split(f". {title}\n")[1].split("\n## ")[0], re.DOTALL)


def statements_of(block):
    """Its statements, but for those that migrations run; each begins a line."""
    found = re.split(
        r"^(?=(?:SELECT|UPDATE|DELETE|INSERT|SAVEPOINT|ROLLBACK|RELEASE|CREATE|CAST)\b)",
        block,
        flags=re.MULTILINE,
    )
    return [one for one in found if one.strip() and not one.startswith("CREATE")]


def plain(statement):
    """Without what differs from run to run: line breaks, numbers, times, and names that nobody reads."""
    text = re.sub(r"'[-\d:T.+]+'::timestamptz", "'...'", " ".join(statement.split()))
    text = re.sub(r" AS anon_\d+", "", text).replace("( ", "(").replace(" )", ")")
    return re.sub(r"\b\d+\b(, \d+\b)*", "0", text)


def pattern(statement):
    """What finds the statement, with anything at all in place of its dots."""
    text = re.escape(plain(statement).replace("'...'", "'TIME'"))
    return re.compile(text.replace(r"\.\.\.", ".*?").replace("'TIME'", re.escape("'...'")))


def missing(printed, sent):
    """The statements of the page that nobody has sent."""
    seen = [plain(statement) for statement in sent]
    wanted = [statement for block in printed for statement in statements_of(block)]
    assert wanted
    return [one for one in wanted if not any(pattern(one).search(statement) for statement in seen)]


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
    assert missing(blocks("Bulk")[:1], sent) == []


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
    # The first statement goes past SQLAlchemy, which would tell of it.
    assert missing(blocks("Optimistic locking"), [*sent, content._VERSION]) == []


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
