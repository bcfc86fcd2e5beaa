"""The feed under concurrent writers, rollbacks and several workers: a follower meets each change exactly once."""

from __future__ import annotations

import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from blog_api.database.session import transaction
from blog_api.models.changes import Change
from blog_api.services.changes import number_changes
from tests.apps import run_in_threads
from tests.waiting import wait_until

WRITERS = 4
STEPS = 15
LIVE = "SELECT id FROM posts WHERE status = 'published' AND deleted_at IS NULL"


def write_at_random(editor, client_of, number):
    """Create, change, publish, trash, restore and purge posts. Some requests fail, and conflicts are expected."""
    rng, client = random.Random(number), client_of()
    own: list[int] = []

    def send(method, path, body=None):
        return client.open(f"/api/v1{path}", method=method, json=body, headers=editor.headers)

    for step in range(STEPS):
        choice = rng.randrange(9)
        post_id = rng.choice(own) if own else 0
        if choice < 2 or not own:
            status = rng.choice(("draft", "published"))
            tags = [f"tag {rng.randrange(4)}"]
            body = {"title": f"{number} {step}", "content": "", "status": status, "tags": tags}
            reply = send("POST", "/posts", body)
            own += [reply.json["id"]] if reply.status_code == 201 else []
        elif choice == 2:
            operations = [
                {
                    "op": "create",
                    "data": {"title": f"Bulk {number} {step} {n}", "content": "", "status": "published"},
                }
                for n in range(5)
            ]
            # The whole request is rolled back.
            failing = {"op": "update", "id": post_id, "data": {"title": None}}
            send("POST", "/posts/bulk", {"mode": "atomic", "operations": [*operations, failing]})
            reply = send("POST", "/posts/bulk", {"mode": "atomic", "operations": operations})
            own += [result["data"]["id"] for result in reply.json.get("results", ())]
        elif choice == 3:
            soon = (datetime.now(UTC) + timedelta(milliseconds=rng.randrange(200))).isoformat()
            send("PATCH", f"/posts/{post_id}", {"status": "published", "published_at": soon})
        elif choice == 4:
            send("PATCH", f"/posts/{post_id}", {"status": rng.choice(("draft", "archived", "published"))})
        elif choice == 5:
            send("DELETE", f"/posts/{post_id}")
        elif choice == 6:
            send("POST", f"/posts/{post_id}/restore")
        elif choice == 7:
            send("DELETE", f"/posts/{post_id}?force=true")
        else:
            send("POST", "/posts/bulk/update?status=all", {"add_tags": [f"tag {rng.randrange(4)}"]})


def follow_until(client, cursor, stop):
    """Follow the feed, by pages of different sizes, until `stop` is set and nothing is left."""
    entries, limits = [], random.Random(1)
    while True:
        stopped = stop.is_set()
        page = client.get(f"/api/v1/changes?limit={limits.randrange(1, 9)}&cursor={cursor}").json
        entries += page["data"]
        cursor = page["pagination"]["next_cursor"]
        if stopped and not page["data"]:
            return entries


def public_posts(entries):
    """Return the ids of the posts that are public after these entries, and check their order."""
    public: dict[int, bool] = defaultdict(bool)
    for entry in entries:
        kind, row_id = entry["type"], entry["id"]
        if kind == "post.published":
            assert not public[row_id], entry
            public[row_id] = True
        elif kind == "post.updated":
            assert public[row_id], entry
        elif kind == "post.unpublished":
            assert public[row_id], entry
            public[row_id] = False
        elif kind == "post.deleted":
            public[row_id] = False
    return {row_id for row_id, is_public in public.items() if is_public}


def test_a_follower_ends_with_the_posts_of_the_database(parallel, people, client, sql):
    editor, stop = people("admin"), threading.Event()
    cursor = client.get("/api/v1/changes").json["pagination"]["next_cursor"]

    def work():
        with parallel.app_context():
            while not stop.wait(0.01):
                number_changes()

    with ThreadPoolExecutor() as pool:
        workers = [pool.submit(work) for _ in range(2)]
        try:
            followed = pool.submit(
                follow_until, parallel.test_client(), cursor, (caught_up := threading.Event())
            )
            writers = [
                pool.submit(write_at_random, editor, parallel.test_client, number)
                for number in range(WRITERS)
            ]
            for writer in writers:
                writer.result()
            # Until the last scheduled post has come due.
            now = datetime.now(UTC) + timedelta(milliseconds=250)
            wait_until(lambda: datetime.now(UTC) > now)
            wait_until(lambda: sql.one("SELECT count(*) FROM changes WHERE position IS NULL") == 0)
            wait_until(lambda: not sql(LIVE + " AND announced_at IS NULL"))
            wait_until(lambda: sql.one("SELECT count(*) FROM changes WHERE position IS NULL") == 0)
        finally:
            stop.set()
            caught_up.set()
        for worker in workers:
            worker.result()
        entries = followed.result()
    positions = [position for (position,) in sql("SELECT position FROM changes ORDER BY position")]
    assert positions == list(range(1, len(positions) + 1))
    shown = sql.one("SELECT count(*) FROM changes WHERE public")
    assert len({entry["cursor"] for entry in entries}) == len(entries) == shown
    times = [entry["at"] for entry in entries]
    assert times == sorted(times)
    assert public_posts(entries) == {row_id for (row_id,) in sql(LIVE)}


def test_a_change_that_commits_late_is_not_skipped(parallel, people, client):
    """Its id is smaller than that of a change that was committed and numbered before."""
    if parallel.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time")
    cursor = client.get("/api/v1/changes").json["pagination"]["next_cursor"]
    inserted, release = threading.Event(), threading.Event()

    def insert(number):
        with transaction() as session:
            session.add(Change(type="post.published", entity_id=number))
            session.flush()
            if number == 0:
                inserted.set()
                assert release.wait(10)

    def read():
        with parallel.app_context():
            number_changes()
        return client.get(f"/api/v1/changes?cursor={cursor}").json

    def second(_):
        assert inserted.wait(10)
        insert(1)
        first = read()
        release.set()
        return first

    first = run_in_threads(parallel, lambda number: insert(0) if number == 0 else second(number), 2)[1]
    assert [entry["id"] for entry in first["data"]] == [1]
    cursor = first["pagination"]["next_cursor"]
    assert [entry["id"] for entry in read()["data"]] == [0]


def test_two_workers_announce_a_due_post_once(parallel, people, client, sql):
    ada = people()
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ids = [ada.write(f"{number}", published_at=later)["id"] for number in range(10)]
    sql("UPDATE posts SET published_at = :past", past=datetime.now(UTC) - timedelta(minutes=1))
    run_in_threads(parallel, lambda _: number_changes(), 4)
    rows = sql("SELECT entity_id FROM changes WHERE type = 'post.published' ORDER BY position")
    assert [row_id for (row_id,) in rows] == ids
