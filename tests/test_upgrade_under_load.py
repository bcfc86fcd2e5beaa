"""Test of changing a large table under 200 requests per second."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from flask_migrate import upgrade
from sqlalchemy import text

from blog_api.database.dialects import is_postgresql
from blog_api.database.session import transaction
from tests.apps import SECRET, migrate, running_app
from tests.http import ask, connect
from tests.next_release import next_release
from tests.service import serve

RATE, THREADS = 200, 16
# Requests before and after the upgrade, and a limit in case it does not end.
MIN_REQUESTS, MAX_REQUESTS = 100, 10_000
POSTS = 20_000
FILL = """
INSERT INTO posts (slug, title, summary, content, author_id, status, published_at, created_at, updated_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
SELECT 'slug-' || i, 'Title ' || i, 'Summary.', 'Content.', :author, 'published', {time}, {time}, {time} FROM n
"""
TIMES = {
    True: "timestamptz '2020-01-01T00:00Z' + i * interval '1 minute'",
    False: "datetime('2020-01-01', i || ' minutes')",
}
# All kinds of changes.
UPGRADE = """
online.add_column("posts", sa.Column("next", sa.Integer, server_default="0", nullable=False))
online.fill("posts", "UPDATE posts SET next = length(content) WHERE id BETWEEN :low AND :high")
online.create_index("ix_posts_next", "posts", ["next", sa.text("updated_at DESC"), sa.text("id DESC")])
online.add_check("ck_posts_next", "posts", "next >= 0")
"""
ACCOUNT = {"username": "ada", "password": "correct horse battery"}


class Load:
    """Sends requests at a constant rate over several connections, until stopped."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.numbers, self.began, self.stop = itertools.count(), time.monotonic(), Event()
        self.answered: Counter[str] = Counter()

    def run(self) -> None:
        """Run a thread: take the next number, wait for its time, and send a request."""
        with contextlib.closing(connect(self.url)) as connection, self.stopping_all():
            own = self.ask(connection, "POST", "/api/v1/posts", {"title": "Own", "content": ""})["id"]
            while not self.stop.is_set() and (number := next(self.numbers)) < MAX_REQUESTS:
                time.sleep(max(0, self.began + number / RATE - time.monotonic()))
                self.ask(connection, *self.request(number, own))

    @contextlib.contextmanager
    def stopping_all(self) -> Iterator[None]:
        """Stop all threads if one fails."""
        try:
            yield
        finally:
            self.stop.set()

    def request(self, number: int, own: int) -> tuple[str, str, Any]:
        """Return a request: of ten, seven read, two change the post of their thread, and one creates a post."""
        kind = number % 10
        if kind == 0:
            return "POST", "/api/v1/posts", {"title": "New", "content": "", "status": "published"}
        if kind in (1, 2):
            return "PATCH", f"/api/v1/posts/{own}", {"title": f"Title {number}"}
        return "GET", ("/api/v1/posts?limit=5", "/api/v1/posts/7", "/api/v1/posts?sort=title")[kind % 3], None

    def ask(self, connection: http.client.HTTPConnection, method: str, path: str, body: Any) -> Any:
        """Send a request, count it by method and status, and return the response body."""
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, self.headers)
        reply = connection.getresponse()
        answer = json.loads(reply.read())
        self.answered[f"{method} {reply.status}"] += 1
        return answer

    def wait_for(self, more: int) -> None:
        """Wait for `more` responses, or until a thread has failed."""
        target = self.answered.total() + more
        while self.answered.total() < target and not self.stop.wait(0.02):
            pass


@pytest.fixture
def blog(empty_url):
    """An app in its context, on a database with many posts of one author."""
    with running_app(migrate(empty_url), DB_POOL_SIZE="2") as app, app.app_context():
        account: Any = ACCOUNT | {"email": "ada@example.com"}
        author: Any = app.test_client().post("/api/v1/auth/register", json=account).json
        with transaction() as session:
            fill = text(FILL.format(time=TIMES[is_postgresql()]))
            session.execute(fill, {"count": POSTS, "author": author["id"]})
            session.execute(
                text(
                    "INSERT INTO post_authors (post_id, user_id, position) SELECT id, author_id, 0 FROM posts "
                    "WHERE id NOT IN (SELECT post_id FROM post_authors)"
                )
            )
        yield app


def test_an_upgrade_under_load_fails_no_requests(blog, empty_url, tmp_path):
    migrations = next_release(tmp_path, UPGRADE)
    with serve(empty_url, SECRET_KEY=SECRET, WEB_CONCURRENCY="2") as url:
        token = ask(url, "POST", "/api/v1/auth/login", ACCOUNT).json["access_token"]
        load = Load(url, token)
        with ThreadPoolExecutor(THREADS) as pool:
            running = [pool.submit(load.run) for _ in range(THREADS)]
            try:
                load.wait_for(MIN_REQUESTS)
                before = load.answered.total()
                upgrade(migrations)
                during = load.answered.total() - before
                load.wait_for(MIN_REQUESTS)
            finally:
                load.stop.set()
            for thread in running:
                thread.result()
        total = ask(url, "GET", "/api/v1/posts?status=all&total=true&limit=1", token=token).json["pagination"]
    assert set(load.answered) == {"GET 200", "PATCH 200", "POST 201"}
    assert during
    assert total["total"] == POSTS + load.answered["POST 201"]
    with transaction() as session:
        assert session.execute(text("SELECT count(*) FROM posts WHERE next > 0")).scalar_one() == POSTS
