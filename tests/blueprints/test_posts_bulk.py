"""Bulk operations on posts, atomic or independent."""

from __future__ import annotations

from functools import partial

import pytest

from tests.blueprints.bulk import MISSING, MODES, create, delete, run, update


@pytest.mark.parametrize(("mode", "status"), [("atomic", 200), ("each", 207)])
def test_operations_run_in_order_and_each_returns_a_result(people, mode, status):
    ada = people()
    kept, gone = ada.write("Kept"), ada.write("Gone", slug="free-now", status="draft")
    reply = run(
        ada,
        create("New", tags=["a", "B"], status="published"),
        update(kept, title="Changed", tags=["b"]),
        delete(gone),
        create("After", slug="free-now"),
        mode=mode,
    )
    assert reply.status_code == status
    new, changed, deleted, after = reply.json["results"]
    assert [result["status"] for result in reply.json["results"]] == [201, 200, 204, 201]
    assert new["data"] == ada.get(f"/posts/{new['data']['id']}").json
    assert [tag["name"] for tag in new["data"]["tags"]] == ["a", "B"]
    assert changed["data"] == ada.get(f"/posts/{kept['id']}").json
    assert (changed["data"]["title"], [tag["name"] for tag in changed["data"]["tags"]]) == ("Changed", ["B"])
    assert deleted == {"status": 204}
    assert after["data"]["slug"] == "free-now"
    assert ada.get(f"/posts/{gone['id']}").status_code == 404


def test_atomic_is_the_default(people):
    ada = people()
    assert ada.post("/posts/bulk", {"operations": [create()]}).status_code == 200
    assert ada.post("/posts/bulk", {"operations": [create(), delete(MISSING)]}).status_code == 404


def test_a_hundred_operations_are_accepted(people):
    ada = people()
    reply = run(ada, *(create(tags=[f"tag {n % 7}", "all"]) for n in range(100)))
    assert reply.status_code == 200
    slugs = [result["data"]["slug"] for result in reply.json["results"]]
    assert slugs[:3] == ["hello", "hello-2", "hello-3"]
    assert len(set(slugs)) == 100


@pytest.mark.parametrize("mode", MODES)
def test_a_post_can_be_changed_repeatedly_and_each_result_shows_that_state(people, mode):
    ada = people()
    post = ada.write("One")
    operations = [
        update(post, title="Two"),
        update(post, summary="s", tags=["a"]),
        update(post, tags=[]),
        delete(post),
    ]
    results = run(ada, *operations, mode=mode).json["results"]
    shown = [(r["data"]["title"], r["data"]["summary"], len(r["data"]["tags"])) for r in results[:3]]
    assert shown == [("Two", "", 0), ("Two", "s", 1), ("Two", "s", 0)]
    assert results[3] == {"status": 204}
    later = run(ada, delete(post), mode="each").json["results"]
    assert later[0]["status"] == 404


def test_if_match_of_an_operation_is_checked(people):
    ada = people()
    one, other = ada.write("One"), ada.write("Other")
    tags = {post["id"]: ada.get(f"/posts/{post['id']}").headers["ETag"] for post in (one, other)}
    assert run(ada, update(one, tags[one["id"]], title="x"), delete(other, "*")).status_code == 200
    assert run(ada, update(one, tags[one["id"]], title="y")).status_code == 412
    assert ada.get(f"/posts/{one['id']}").json["title"] == "x"


def test_operations_need_if_match_where_the_service_requires_it(people, make_client):
    ada = people()
    post, client = ada.write(), make_client(REQUIRE_IF_MATCH="true")
    body = {"mode": "each", "operations": [create(), update(post, title="x"), delete(post, "*")]}
    reply = client.post("/api/v1/posts/bulk", json=body, headers=ada.headers)
    assert [result["status"] for result in reply.json["results"]] == [201, 428, 204]


def test_editors_can_update_posts_of_others(people):
    post, editor = people().write(), people("editor")
    (result,) = run(editor, update(post, title="Edited")).json["results"]
    assert (result["data"]["title"], result["data"]["author"]) == ("Edited", post["author"])


def test_a_retry_with_the_same_idempotency_key_runs_once(people):
    ada, key = people(), {"Idempotency-Key": "k"}
    for mode in MODES:
        headers = {"Idempotency-Key": mode}
        first, again = (run(ada, create(), delete(MISSING), mode=mode, headers=headers) for _ in range(2))
        assert (again.headers.get("Idempotency-Replayed") == "true") == (mode == "each")
        assert first.status_code == again.status_code
    assert run(ada, create("x"), headers=key).data == run(ada, create("x"), headers=key).data
    assert ada.get("/posts?status=all&total=true").json["pagination"]["total"] == 2


def test_each_change_takes_a_fixed_number_of_statements(people, count_queries):
    ada = people()
    posts = [ada.write(f"Post {n}", tags=["a"]) for n in range(12)]
    for mode, cost in (("atomic", 1), ("each", 3)):
        # A revision takes one more, the feed of changes another if the post is public, two if it leaves public view.
        for operation, more in (
            (partial(update, title="x"), 2),
            (partial(update, summary="s", status="draft"), 3),
            (delete, 0),
        ):
            counts = []
            for some in (posts[:1], posts[1:6]):
                with count_queries() as statements:
                    run(ada, *map(operation, some), mode=mode)
                counts.append(len(statements))
            assert counts[1] - counts[0] == 4 * (cost + more)
        posts = posts[6:]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("mode", MODES)
def test_a_lost_database_fails_the_whole_request(people, sql, mode):
    ada = people()
    post = ada.write()
    with sql.failing("posts", "57P01", times=1, event="UPDATE"):
        reply = run(ada, create("x"), update(post, title="x"), mode=mode)
    assert (reply.status_code, reply.json["type"]) == (503, "/problems/unavailable")
    assert ada.get("/posts?status=all&total=true").json["pagination"]["total"] == 1
