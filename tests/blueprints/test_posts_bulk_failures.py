"""Failing bulk operations roll back an atomic request, or leave the other operations alone."""

from __future__ import annotations

from functools import partial

import pytest

from tests.blueprints.bulk import MISSING, MODES, create, delete, pointers, run, update


def read_versions(person):
    """Return the ETags of all posts that the person can see, by id."""
    posts = person.get("/posts?status=all&limit=100").json["data"]
    return {post["id"]: (person.get(f"/posts/{post['id']}").headers["ETag"]) for post in posts}


@pytest.fixture
def failures(people):
    """Return ada, and by name: an operation that fails for her, the status, and the pointer into the operation."""
    ada, bob = people(), people()
    own = ada.write("Own", slug="own")
    ada.write("Other", slug="taken")
    public, draft = bob.write("Public"), bob.write("Draft", status="draft")
    return ada, {
        "missing": (delete(MISSING), 404, ""),
        "invisible": (update(draft, title="x"), 404, ""),
        "not theirs": (update(public, title="x"), 403, ""),
        "not theirs to delete": (delete(public), 403, ""),
        "slug of a new post taken": (create(slug="taken"), 409, "/data/slug"),
        "slug of a changed post taken": (update(own, slug="taken", tags=["new"]), 409, "/data/slug"),
        "no time": (update(own, status="scheduled"), 422, "/data/published_at"),
        "stale": (update(own, '"7-0"', title="x"), 412, ""),
        "stale to delete": (delete(own, '"7-0"'), 412, ""),
        "weak": (delete(own, 'W/"1-0"'), 412, ""),
    }  # fmt: skip


NAMES = ("missing", "invisible", "not theirs", "not theirs to delete", "slug of a new post taken",
         "slug of a changed post taken", "no time", "stale", "stale to delete", "weak")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_failed_operation_rolls_back_an_atomic_request_and_is_named(people, failures, name):
    ada, operations = failures
    operation, status, wrong = operations[name]
    editor = people("editor")
    before, tags = read_versions(editor), editor.get("/tags").json
    own = ada.get("/posts/slug/own").json
    reply = run(ada, create("First", tags=["first"]), update(own, title="Changed"), operation, create("Last"))
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    assert pointers(reply.json) == [f"/operations/2{wrong}"]
    assert (read_versions(editor), editor.get("/tags").json) == (before, tags)


@pytest.mark.parametrize("name", NAMES)
def test_a_failed_operation_in_mode_each_does_not_affect_the_others(people, failures, name):
    ada, operations = failures
    operation, status, wrong = operations[name]
    own = ada.get("/posts/slug/own").json
    reply = run(
        ada, create("First"), operation, update(own, title="Changed"), operation, create("Last"), mode="each"
    )
    results = reply.json["results"]
    assert (reply.status_code, reply.content_type) == (207, "application/json")
    assert [result["status"] for result in results] == [201, status, 200, status, 201]
    for number in (1, 3):
        problem = results[number]["problem"]
        assert set(results[number]) == {"status", "problem"}
        assert pointers(problem) == [f"/operations/{number}{wrong}"]
        assert (problem["status"], problem["instance"]) == (status, "/api/v1/posts/bulk")
        assert problem["request_id"] == reply.headers["X-Request-ID"]
        assert ada.client.get(problem["type"]).status_code == 200
    assert results[2]["data"]["title"] == "Changed"
    assert ada.get("/posts?status=all&total=true").json["pagination"]["total"] == 4
    # Failed operations created no tags.
    assert people("editor").get("/tags").json["data"] == []


@pytest.mark.parametrize("mode", MODES)
def test_a_hidden_post_fails_like_a_missing_one(people, mode):
    ada, bob, editor = people(), people(), people("editor")
    hidden = [
        bob.write(status="draft"),
        bob.write(published_at="2999-01-01T00:00:00Z"),
        bob.write(status="archived"),
    ]
    trashed = bob.write()
    bob.delete(f"/posts/{trashed['id']}")
    for operation in (delete, partial(update, title="x")):
        replies = [run(ada, operation(post), mode=mode) for post in (MISSING, *hidden, trashed)]
        problems = [r.json["results"][0]["problem"] if mode == "each" else r.json for r in replies]
        for reply, problem in zip(replies, problems, strict=True):
            assert problem.pop("request_id") == reply.headers["X-Request-ID"]
        assert problems[0]["status"] == 404
        assert problems == [problems[0]] * len(problems)
    assert [run(editor, delete(post), mode=mode).status_code for post in hidden] == [
        200 if mode == "atomic" else 207
    ] * 3


def test_a_post_can_be_changed_after_a_failed_operation_on_it(people):
    ada = people()
    ada.write("Taken", slug="taken")
    post = ada.write("One", tags=["a", "b"])
    operations = [
        update(post, title="Wrong", slug="taken", tags=["c"]),
        update(post, summary="Right."),
        update(post, status="scheduled"),
        update(post, tags=["a", "d"]),
    ]
    statuses = [result["status"] for result in run(ada, *operations, mode="each").json["results"]]
    assert statuses == [409, 200, 422, 200]
    after = ada.get(f"/posts/{post['id']}")
    assert (after.json["title"], after.json["summary"], after.json["slug"]) == ("One", "Right.", "one")
    assert [tag["name"] for tag in after.json["tags"]] == ["a", "d"]
    assert after.headers["ETag"].startswith('"3-')


def test_only_new_tags_used_by_a_successful_operation_are_kept(people):
    ada, editor = people(), people("editor")
    post = ada.write()
    operations = [
        update(post, tags=["on", "off"]),
        update(post, tags=["on"]),
        create(tags=["refused", "off"], slug=post["slug"]),
        update(MISSING, tags=["missing"]),
    ]
    statuses = [result["status"] for result in run(ada, *operations, mode="each").json["results"]]
    assert statuses == [200, 200, 409, 404]
    assert [tag["name"] for tag in editor.get("/tags").json["data"]] == ["off", "on"]


def test_readers_cannot_run_bulk_operations(people):
    reader, ada = people("reader"), people()
    post = ada.write()
    assert run(reader, create(tags=["new"])).status_code == 403
    results = run(reader, create(), update(post, title="x"), delete(MISSING), mode="each").json["results"]
    assert [result["status"] for result in results] == [403, 403, 404]
    assert people("editor").get("/tags").json["data"] == []
