"""The script in docs/clients.md, run as printed against the real service."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from config import PROJECT
from tests.apps import SECRET
from tests.blueprints.changes.helpers import number
from tests.service import serve

PAGE = (PROJECT / "docs" / "clients.md").read_text("utf-8")
FIELDS = re.findall(r'^FIELDS = "(.*)"$', PAGE, re.MULTILINE)[0].split(",")
(SCRIPT,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def sync(app, database_url, tmp_path):
    """A function that numbers the changes and runs the script. It returns its output and the stored posts by id."""
    (tmp_path / "sync.py").write_text(SCRIPT, "utf-8")

    with serve(database_url, SECRET_KEY=SECRET) as url:

        def run():
            number(app)
            done = subprocess.run(
                [sys.executable, "sync.py", "posts"],
                cwd=tmp_path, env={**os.environ, "BLOG_API": f"{url}/api/v1"},
                capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
            posts = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "posts").glob("*.json")]
            return done.stdout, {post["id"]: post for post in posts}

        yield run


def public(client):
    """Return the public posts by id, as the script stores them."""
    listed = client.get("/api/v1/posts?limit=100&kind=all&fields=id").json["data"]
    posts = [client.get(f"/api/v1/posts/{post['id']}?fields={','.join(FIELDS)}").json for post in listed]
    return {post["id"]: post for post in posts}


def test_a_build_and_what_follows(sync, people, client, sql, app):
    admin, ada = people("admin"), people()
    posts = [ada.write(f"Post {n}", tags=["one", f"tag {n % 3}"]) for n in range(23)]
    ada.write("Draft", status="draft")
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    due = ada.write("Due", published_at=later)
    output, stored = sync()
    assert (output, stored) == ("23 posts\n", public(client))

    ada.patch(f"/posts/{posts[0]['id']}", {"content": "New."})
    ada.patch(f"/posts/{posts[1]['id']}", {"status": "archived"})
    admin.delete(f"/posts/{posts[2]['id']}?force=true")
    one, other = (tag["id"] for tag in posts[3]["tags"])
    admin.patch(f"/tags/{one}", {"name": "First"})
    admin.post(f"/tags/{other}/merge", {"into": one})
    ada.patch("/users/me", {"display_name": "Countess"})
    sql("UPDATE posts SET published_at = :past WHERE id = :id", past=datetime.now(UTC), id=due["id"])
    output, stored = sync()
    assert (output, stored) == ("22 posts\n", public(client))
    assert due["id"] in stored

    ada.write("Last")
    number(app)
    sql("DELETE FROM changes")
    sql("UPDATE change_feed SET deleted_position = position")
    output, stored = sync()
    assert output == "away for too long, downloading everything\n23 posts\n"
    assert stored == public(client)


def test_the_dry_run_saves_nothing(people, database_url, sql):
    ada, (command,) = people(), re.findall(r"```sh\n(curl [^`]*dry_run=true[^`]*)```", PAGE)
    with serve(database_url, SECRET_KEY=SECRET) as url:
        variables = {"API": f"{url}/api/v1", "ACCESS": ada.tokens["access_token"]}
        done = subprocess.run(
            ["sh", "-c", command],
            env={**os.environ, **variables}, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    head, _, body = done.stdout.replace("\r", "").partition("\n\n")
    assert head.startswith("HTTP/1.1 201")
    assert "\nDry-Run: true" in head
    assert json.loads(body)["slug"] == "hello-world"
    assert ada.get("/posts?status=all").json["data"] == []
    assert sql.one("SELECT count(*) FROM tags") == 0


def test_the_limits_are_those_of_the_api(client):
    assert client.get("/api/v1/posts?limit=100").status_code == 200
    assert client.get("/api/v1/posts?limit=101").status_code == 422
    assert client.get("/api/v1/posts?limit=21&fields=content").status_code == 422
    assert client.get("/api/v1/changes?limit=101").status_code == 422
