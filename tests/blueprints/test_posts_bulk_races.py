"""Bulk requests in concurrent threads that change the same posts and tags.

Requests for the same rows wait for each other. They must not deadlock, which clients would see as a conflict.
"""

from __future__ import annotations

import random

import pytest

from tests.apps import disconnect, statuses
from tests.blueprints.bulk import MISSING, MODES, create, delete, update
from tests.waiting import wait_until

DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_start > :start
"""


@pytest.fixture(autouse=True)
def _no_deadlocks(app, sql):
    """Check that PostgreSQL reports no deadlock. Set up before the app that `concurrently` creates."""
    if not sql.is_postgresql:
        yield
        return
    before, start = sql.one(DEADLOCKS), sql.one("SELECT clock_timestamp()")
    yield
    # A connection reports its statistics when it is closed.
    disconnect(app)
    wait_until(lambda: sql.one(OTHERS, start=start) == 0)
    assert sql.one(DEADLOCKS) == before


@pytest.mark.parametrize("mode", MODES)
def test_concurrent_bulk_changes_of_the_same_posts_all_succeed(people, concurrently, mode):
    shuffle, ada = random.Random(5), people()
    ids = [ada.write(f"Post {n}")["id"] for n in range(6)]
    requests: list[tuple] = []
    for number in range(12):
        operations = [
            {"op": "update", "id": post_id, "data": {"title": f"{number}", "tags": [f"Tag {post_id}"]}}
            for post_id in shuffle.sample(ids, len(ids))
        ]
        requests.append((ada, "POST", "/posts/bulk", {"mode": mode, "operations": operations}))
    replies = concurrently(requests)
    assert {result["status"] for reply in replies for result in reply.json["results"]} == {200}
    after = [ada.get(f"/posts/{post_id}") for post_id in ids]
    assert {reply.headers["ETag"].partition("-")[0] for reply in after} == {'"13'}
    # The last request changed all of the posts.
    assert len({reply.json["title"] for reply in after}) == 1


@pytest.mark.parametrize("mode", MODES)
def test_concurrent_bulk_requests_create_the_same_new_tags_once(people, concurrently, mode):
    shuffle, names = random.Random(7), [f"Tag {n}" for n in range(8)]
    people = [people() for _ in range(3)]
    requests: list[tuple] = []
    for number in range(8):
        operations = [
            create(f"{number}", status="published", tags=[name]) for name in shuffle.sample(names, len(names))
        ]
        body = {"mode": mode, "operations": operations}
        requests.append((people[number % 3], "POST", "/posts/bulk", body))
    replies = concurrently(requests)
    assert {result["status"] for reply in replies for result in reply.json["results"]} == {201}
    counts = [tag["post_count"] for tag in people[0].get("/tags").json["data"]]
    assert counts == [8] * len(names)


TITLES = ["Apple", "Birch", "Cedar", "Date", "Elm", "Fig"]


@pytest.mark.parametrize("mode", MODES)
def test_concurrent_bulk_requests_can_create_posts_with_the_same_titles(people, concurrently, mode):
    shuffle, ada = random.Random(3), people()
    orders = [shuffle.sample(TITLES, len(TITLES)) for _ in range(8)]
    bodies = [{"mode": mode, "operations": [create(title) for title in titles]} for titles in orders]
    replies = concurrently([(ada, "POST", "/posts/bulk", body) for body in bodies])
    results = [result for reply in replies for result in reply.json["results"]]
    assert {result["status"] for result in results} == {201}
    numbers = ["", *(f"-{number}" for number in range(2, len(orders) + 1))]
    assert {result["data"]["slug"] for result in results} == {
        f"{t.lower()}{n}" for t in TITLES for n in numbers
    }


def test_concurrent_bulk_requests_can_swap_slugs(people, concurrently):
    shuffle, ada = random.Random(3), people()
    names = [title.lower() for title in TITLES]
    requests: list[tuple] = []
    for _ in range(6):
        posts = [ada.write("Other") for _ in names]
        order = shuffle.sample(names, len(names))
        operations = [update(post, slug=name) for post, name in zip(posts, order, strict=True)]
        requests.append((ada, "POST", "/posts/bulk", {"mode": "each", "operations": operations}))
        held = ada.write(shuffle.choice(TITLES))
        requests.append(
            (ada, "POST", "/posts/bulk", {"mode": "each", "operations": [delete(held), create("Fig")]})
        )
    replies = concurrently(requests)
    assert statuses(replies) == {207: len(requests)}
    assert {result["status"] for reply in replies for result in reply.json["results"]} <= {200, 201, 204, 409}


def test_a_new_tag_rolled_back_by_one_request_is_created_by_the_others(people, concurrently):
    ada, editor = people(), people("editor")
    refused, done = create(tags=["b", "a"], co_authors=[MISSING]), create(tags=["a", "c"], status="published")
    orders = [[refused], [refused, done], [done, refused], [done]] * 3
    bodies = [{"mode": "each", "operations": operations} for operations in orders]
    replies = concurrently([(ada, "POST", "/posts/bulk", body) for body in bodies])
    for body, reply in zip(bodies, replies, strict=True):
        expected = [422 if operation is refused else 201 for operation in body["operations"]]
        assert [result["status"] for result in reply.json["results"]] == expected
    counts = {tag["name"]: tag["post_count"] for tag in editor.get("/tags").json["data"]}
    assert counts == {"a": 9, "c": 9}


def test_a_bulk_update_and_concurrent_single_updates_lose_no_change(people, concurrently):
    ada = people()
    paths = [f"/posts/{ada.write(f'Post {n}', tags=['a'])['id']}" for n in range(8)]
    requests: list[tuple] = [(ada, "PATCH", path, {"summary": "New."}) for path in paths]
    requests += [(ada, "POST", "/posts/bulk/update", {"add_tags": [tag]}) for tag in "bcd"]
    *patched, _, _, _ = replies = concurrently(requests)
    assert {reply.status_code for reply in replies[len(paths) :]} == {200}
    for path, reply in zip(paths, patched, strict=True):
        after = ada.get(path).json
        assert reply.status_code in (200, 409)
        assert after["summary"] == ("New." if reply.status_code == 200 else "")
        assert [tag["name"] for tag in after["tags"]] == ["a", "b", "c", "d"]


# Changes to a tag, and the status of the response.
CHANGES_OF_TAGS = {
    "deleted": ("DELETE", "", None, 204),
    "renamed": ("PATCH", "", {"name": "Other"}, 200),
    "merged": ("POST", "/merge", {"into": 0}, 200),
}


@pytest.mark.parametrize("change", CHANGES_OF_TAGS)
def test_bulk_changes_succeed_while_their_tag_is(change, people, concurrently):
    ada, editor = people(), people("editor")
    method, path, body, status = CHANGES_OF_TAGS[change]
    posts = []
    for _ in range(4):
        posts.append(ada.write(tags=["x", "y"]))
        tag, other = posts[-1]["tags"]
        body = body and {**body, **({"into": other["id"]} if "into" in body else {})}
        all_of_them = (ada, "POST", "/posts/bulk/update", {"add_tags": ["x", "z"]})
        some = [
            {"mode": mode, "operations": [update(post, tags=["y", "x"]) for post in posts]} for mode in MODES
        ]
        requests = [all_of_them] * 3 + [(ada, "POST", "/posts/bulk", each) for each in some * 2]
        *changed, of_the_tag = concurrently([*requests, (editor, method, f"/tags/{tag['id']}{path}", body)])
        assert (statuses(changed), of_the_tag.status_code) == ({200: 5, 207: 2}, status)
        editor.delete(f"/tags/{tag['id']}")


def test_bulk_changes_succeed_while_posts_are_reassigned(people, concurrently):
    ada, eve, admin = people(), people(), people("admin")
    posts = [ada.write(tags=["a"]) for _ in range(8)]
    posts += [eve.write(tags=["a"], co_authors=[ada.id]) for _ in range(8)]
    requests = [(admin, "POST", "/posts/bulk/update", {"add_tags": [tag]}) for tag in "bcdef"]
    *changed, deleted = concurrently(
        [*requests, (admin, "DELETE", f"/users/{ada.id}?reassign_to={eve.id}", None)]
    )
    assert (statuses(changed), deleted.status_code) == ({200: 5}, 204)
    for post in posts:
        after = admin.get(f"/posts/{post['id']}")
        assert (after.json["author"]["id"], after.headers["ETag"].partition("-")[0]) == (eve.id, '"7')
