"""dry_run=true with errors, entity tags, keys, deferred constraints and concurrent writes."""

from __future__ import annotations

import pytest

from tests.keyed import KEY, POST
from tests.snapshots import differences, snapshot

DRY = "?dry_run=true"
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def outcome(reply):
    """Return the status, the type of the problem, and the places of its errors."""
    places = [error.get("pointer", error.get("parameter")) for error in reply.json.get("errors", ())]
    return reply.status_code, reply.json.get("type"), places


def test_errors_are_those_of_the_write(people, sql):
    admin, ada = people("admin"), people()
    post, other = ada.write("One", tags=["a"]), ada.write("Two")
    tag = post["tags"][0]["id"]
    stale = {"If-Match": '"0-0"'}
    requests = [
        (ada, "POST", "/posts", {"status": "published"}, {}, 422),
        (ada, "POST", "/posts", {"title": "Three", "slug": other["slug"]}, {}, 409),
        (ada, "PATCH", f"/posts/{post['id']}", {"slug": other["slug"]}, {}, 409),
        (ada, "PATCH", f"/posts/{post['id']}", {"title": "Other"}, stale, 412),
        (ada, "PATCH", "/posts/999999", {"title": "Other"}, {}, 404),
        (ada, "PATCH", "/users/me", {"username": admin.username}, {}, 409),
        (admin, "DELETE", f"/users/{ada.id}", None, {}, 409),
        (admin, "POST", "/tags", {"name": "A"}, {}, 409),
        (admin, "POST", f"/tags/{tag}/merge", {"into": tag}, {}, 422),
        (admin, "PATCH", f"/users/{admin.id}", {"role": "author"}, {}, 409),
        (ada, "POST", "/posts/bulk", {"operations": [{"op": "delete", "id": 999999}]}, {}, 404),
    ]
    before = snapshot(sql)
    for person, method, path, body, headers, status in requests:
        dry, real = (
            person.request(method, f"{path}{query}", json=body, headers=headers) for query in (DRY, "")
        )
        assert outcome(dry) == outcome(real), path
        assert (dry.status_code, dry.headers["Dry-Run"]) == (status, "true"), path
    assert not differences(before, snapshot(sql))


def test_a_current_entity_tag_stays_current(people):
    ada = people()
    path = f"/posts/{ada.write()['id']}"
    current = {"If-Match": ada.get(path).headers["ETag"]}
    for query, version in ((DRY, "1"), (DRY, "1"), ("", "2")):
        assert ada.patch(f"{path}{query}", {"title": "Other"}, headers=current).status_code == 200
        assert ada.get(path).headers["ETag"].startswith(f'"{version}-')
    assert ada.patch(f"{path}{DRY}", {"title": "x"}, headers=current).status_code == 412


def test_an_idempotency_key_is_ignored(people, sql):
    ada = people()
    assert ada.post(f"/posts{DRY}", POST, headers=KEY).status_code == 201
    assert ada.post(f"/posts{DRY}", POST, headers={"Idempotency-Key": "not a key"}).status_code == 201
    first = ada.post("/posts", POST, headers=KEY)
    assert (first.status_code, "Idempotency-Replayed" in first.headers) == (201, False)
    again = ada.post(f"/posts{DRY}", POST, headers=KEY)
    assert "Idempotency-Replayed" not in again.headers
    assert again.json["slug"] == f"{first.json['slug']}-2"
    assert sql.one("SELECT count(*) FROM idempotency_keys") == 1


def test_checks_that_are_deferred_to_the_commit_run(people, sql):
    if not sql.is_postgresql:
        assert not sql("SELECT name FROM sqlite_master WHERE lower(sql) LIKE '%deferr%'")
        return
    sql("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION USING ERRCODE = ''23505''; END'
    """)
    sql("""
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON posts
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()
    """)
    try:
        dry, real = (people().post(f"/posts{query}", POST) for query in (DRY, ""))
    finally:
        sql("DROP FUNCTION refuse CASCADE")
    assert outcome(dry) == outcome(real)
    assert dry.status_code == 409


@on_postgresql
def test_a_dry_run_is_retried_after_a_serialization_failure(people, sql):
    editor = people("editor")
    with sql.failing("tags", "40001", times=2) as count_attempts:
        reply = editor.post(f"/tags{DRY}", {"name": "flaky"})
        assert (reply.status_code, reply.json["name"], count_attempts()) == (201, "flaky", 3)
    assert sql.one("SELECT count(*) FROM tags") == 0


def test_dry_runs_and_concurrent_writes_do_not_disturb_each_other(people, concurrently, sql):
    ada = people()
    post = ada.write(tags=["a"])
    path = f"/posts/{post['id']}"
    planned = [(ada, "PATCH", f"{path}{DRY}", {"title": f"Dry {n}", "tags": ["never"]}) for n in range(6)]
    planned += [(ada, "POST", f"/posts{DRY}", {"title": "Hello", "tags": ["never"]})] * 2
    written = [(ada, "PATCH", path, {"title": f"Real {n}", "tags": [f"t{n}"]}) for n in range(6)]
    replies = concurrently(
        [request for pair in zip(planned, [*written, *written[:2]], strict=True) for request in pair]
    )
    dry, real = replies[::2], replies[1::2]
    assert {reply.status_code for reply in dry} <= {200, 201, 409}
    assert {reply.status_code for reply in real} <= {200, 409}
    saved = [reply for reply in real if reply.status_code == 200]
    assert saved
    final = ada.get(path)
    assert final.json["title"] in {reply.json["title"] for reply in saved}
    assert int(final.headers["ETag"].strip('"').partition("-")[0]) <= 1 + len(saved)
    assert sql.one("SELECT count(*) FROM tags WHERE name = 'never'") == 0
    assert sql.one("SELECT count(*) FROM posts") == 1
