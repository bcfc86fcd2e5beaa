"""Tests of SQLite on a full disk: writes return 503, change nothing, and succeed once there is space."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import event

from blog_api.database.session import db
from tests.apps import disconnect, make_app, migrate
from tests.cli.helpers import run_command
from tests.slow_views import assert_unavailable

ACCOUNT = {"username": "ada", "password": "correct horse battery"}
SELECTS = [
    f"SELECT * FROM {table}"  # noqa: S608 - constant names
    for table in ("posts", "tags", "post_tags", "post_authors", "imported_files", "idempotency_keys")
]
UNLIMITED = 1 << 30


class Blog:
    """A service on an SQLite file limited to `pages` pages."""

    def __init__(self, path):
        self.path, self.pages, self.created = path / "blog.db", UNLIMITED, 0
        self.app = make_app(migrate(f"sqlite:///{self.path}"))
        with self.app.app_context():
            event.listen(db.engine, "checkout", self.limit)
        self.client = self.app.test_client()
        account = ACCOUNT | {"email": "ada@example.com"}
        assert self.client.post("/api/v1/auth/register", json=account).status_code == 201
        tokens = self.client.post("/api/v1/auth/login", json=ACCOUNT).json
        assert tokens is not None
        self.headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    def limit(self, connection, *_rest):
        connection.execute(f"PRAGMA max_page_count = {self.pages}")

    def state(self):
        """Return the number of pages of the file, and its rows."""
        connection = sqlite3.connect(self.path)
        rows = [connection.execute(select).fetchall() for select in SELECTS]
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.close()
        return pages, rows

    def new(self):
        self.created += 1
        text = " ".join(f"word{self.created}x{number}" for number in range(700))
        return {"title": f"Title {self.created}", "content": text, "tags": [f"one {self.created}", "two"]}

    def post(self, path, body, key=None):
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        return self.client.post(f"/api/v1/posts{path}", json=body, headers=headers)


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    created = Blog(tmp_path_factory.mktemp("blog"))
    yield created
    disconnect(created.app)


def create(blog):
    return blog.post("", blog.new(), key=f"key-{blog.created}")


def operations(mode):
    def run(blog):
        ids = [post["id"] for post in blog.client.get("/api/v1/posts?limit=2").json["data"]]
        created = [{"op": "create", "data": blog.new()} for _ in range(3)]
        changed = [{"op": "update", "id": post_id, "data": blog.new()} for post_id in ids]
        return blog.post("/bulk", {"mode": mode, "operations": created + changed})

    return run


def change_all(blog):
    blog.created += 1
    return blog.post("/bulk/update", {"add_tags": [f"new {blog.created} {number}" for number in range(8)]})


@pytest.mark.parametrize(
    "change",
    [create, operations("each"), operations("atomic"), change_all],
    ids=["one", "each", "atomic", "all"],
)
def test_a_write_on_a_full_disk_returns_503_and_changes_nothing(blog, change):
    for _ in range(5):
        assert blog.post("", blog.new() | {"status": "published"}).status_code == 201
    refused = 0
    for room in range(0, 40, 3):
        before = blog.state()
        blog.pages = before[0] + room
        reply = change(blog)
        blog.pages = UNLIMITED
        if reply.status_code == 503:
            refused += 1
            assert_unavailable(reply, "is not responding")
            assert blog.state()[1] == before[1]
        else:
            statuses = {reply.status_code, *(one["status"] for one in reply.json.get("results", ()))}
            assert statuses <= {200, 201, 207}
        assert create(blog).status_code == 201
    assert refused


def test_an_import_on_a_full_disk_fails_and_can_be_resumed(blog, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(6):
        text = blog.new()["content"] * 3
        (folder / f"{number}.md").write_text(f"---\ntitle: File {number}\ndate: 2020-01-01\n---\n{text}\n")
    before = blog.state()
    for room in (0, 5, 20):
        blog.pages = blog.state()[0] + room
        result = run_command(blog.app, "import-markdown", str(folder))
        assert (result.exit_code, "database or disk is full" in result.stderr) == (1, True)
        assert blog.state()[1][0] == before[1][0]
    blog.pages = UNLIMITED
    assert run_command(blog.app, "import-markdown", str(folder)).output.endswith(
        "created 6, updated 0, unchanged 0, refused 0\n"
    )
