"""Many operations on posts in one request, over HTTP: all or none, or each by itself."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import exc

from blog_api.crud import posts as crud

MISSING = 987654
MODES = ("atomic", "each")


def create(title="Hello", **data):
    return {"op": "create", "data": {"title": title, "content": ""} | data}


def update(post, if_match=None, **data):
    return {"op": "update", "id": id_of(post), "data": data} | ({"if_match": if_match} if if_match else {})


def delete(post, if_match=None):
    return {"op": "delete", "id": id_of(post)} | ({"if_match": if_match} if if_match else {})


def id_of(post):
    return post["id"] if isinstance(post, dict) else post


def run(person, *operations, mode="atomic", **options):
    return person.post("/posts/bulk", {"mode": mode, "operations": list(operations)}, **options)


def pointers(problem):
    return [fault["pointer"] for fault in problem["errors"]]


def everything(person):
    """All posts that an editor may see, with their versions."""
    posts = person.get("/posts?status=all&limit=100").json["data"]
    return {post["id"]: (person.get(f"/posts/{post['id']}").headers["ETag"]) for post in posts}


@pytest.mark.parametrize(("mode", "status"), [("atomic", 200), ("each", 207)])
def test_operations_are_done_in_order_and_each_says_what_became_of_it(people, mode, status):
    ada = people()
    kept, gone = ada.write("Kept"), ada.write("Gone", slug="free-now")
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


@pytest.fixture
def refused(people):
    """Ada, and by name: an operation that she is refused, the status, and what of the operation is wrong."""
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
def test_what_cannot_be_done_undoes_all_of_an_atomic_request_and_says_which_it_was(people, refused, name):
    ada, operations = refused
    operation, status, wrong = operations[name]
    editor = people("editor")
    before, tags = everything(editor), editor.get("/tags").json
    own = ada.get("/posts/slug/own").json
    reply = run(ada, create("First", tags=["first"]), update(own, title="Changed"), operation, create("Last"))
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json")
    assert pointers(reply.json) == [f"/operations/2{wrong}"]
    assert (everything(editor), editor.get("/tags").json) == (before, tags)


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_done_leaves_the_others_alone_where_each_is_by_itself(people, refused, name):
    ada, operations = refused
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
    # Tags of what failed were not made.
    assert people("editor").get("/tags").json["data"] == []


@pytest.mark.parametrize("mode", MODES)
def test_what_one_may_not_see_looks_like_what_is_not_there(people, mode):
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


WRONG: list[tuple[object, str, str]] = [
    (7, "/operations/0", "wrong_type"),
    (None, "/operations/0", "wrong_type"),
    ([], "/operations/0", "wrong_type"),
    ({}, "/operations/0/op", "required"),
    ({"op": "destroy"}, "/operations/0/op", "not_a_choice"),
    ({"op": ["create"]}, "/operations/0/op", "not_a_choice"),
    ({"op": None}, "/operations/0/op", "not_a_choice"),
    ({"op": "delete"}, "/operations/0/id", "required"),
    ({"op": "delete", "id": "1"}, "/operations/0/id", "wrong_type"),
    ({"op": "delete", "id": 0}, "/operations/0/id", "out_of_range"),
    ({"op": "delete", "id": 2**63}, "/operations/0/id", "out_of_range"),
    ({"op": "delete", "id": 1, "data": {}}, "/operations/0/data", "unknown"),
    ({"op": "update", "id": 1}, "/operations/0/data", "required"),
    ({"op": "update", "id": 1, "data": {"titel": "x"}}, "/operations/0/data/titel", "unknown"),
    ({"op": "update", "id": 1, "data": {"tags": ["a", ""]}}, "/operations/0/data/tags/1", "blank"),
    ({"op": "update", "id": 1, "data": {}, "if_match": "1"}, "/operations/0/if_match", "malformed"),
    ({"op": "create", "data": {"title": "", "content": ""}}, "/operations/0/data/title", "blank"),
    ({"op": "create", "data": {"title": "x"}}, "/operations/0/data/content", "required"),
    ({"op": "create", "data": 7}, "/operations/0/data", "wrong_type"),
    ({"op": "create", "id": 1, "data": {"title": "x", "content": ""}}, "/operations/0/id", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "pointer", "code"), WRONG, ids=str)
def test_an_operation_that_is_wrong_is_refused_with_the_place(people, operation, pointer, code):
    ada = people()
    atomic = run(ada, operation, create())
    assert atomic.status_code == 422
    (fault,) = atomic.json["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert atomic.json["detail"].startswith(f"{pointer}: ")
    refused, done = run(ada, operation, create(), mode="each").json["results"]
    assert (refused["status"], done["status"]) == (422, 201)
    assert refused["problem"]["errors"] == [fault]


def test_all_that_is_wrong_with_an_atomic_request_is_told_at_once(people):
    reply = run(people(), create(""), create(), {"op": "delete", "id": -1}, create("x" * 201, slug="A B"))
    assert pointers(reply.json) == [
        "/operations/0/data/title",
        "/operations/2/id",
        "/operations/3/data/title",
        "/operations/3/data/slug",
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/operations"), ({"operations": []}, "/operations"), ({"operations": {}}, "/operations"),
     ({"operations": [create()] * 101}, "/operations"), ({"operations": [create()], "moed": "each"}, "/moed"),
     ({"operations": None}, "/operations")],
)  # fmt: skip
def test_a_request_that_is_wrong_as_a_whole_is_refused_as_a_whole(people, mode, body, pointer):
    ada = people()
    reply = ada.post("/posts/bulk", {"mode": mode} | body)
    assert (reply.status_code, pointers(reply.json)) == (422, [pointer])
    assert ada.get("/posts?status=all").json["data"] == []


def test_a_mode_that_is_not_one_is_refused(people):
    assert pointers(run(people(), create(), mode="some").json) == ["/mode"]


def test_a_hundred_operations_are_taken(people):
    ada = people()
    reply = run(ada, *(create(tags=[f"tag {n % 7}", "all"]) for n in range(100)))
    assert reply.status_code == 200
    slugs = [result["data"]["slug"] for result in reply.json["results"]]
    assert slugs[:3] == ["hello", "hello-2", "hello-3"]
    assert len(set(slugs)) == 100


@pytest.mark.parametrize("mode", MODES)
def test_one_post_may_be_named_again_and_each_result_shows_it_as_it_was_then(people, mode):
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


def test_what_was_taken_back_can_be_done_right_afterwards(people):
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


def test_an_operation_may_name_the_version_that_it_changes(people):
    ada = people()
    one, other = ada.write("One"), ada.write("Other")
    tags = {post["id"]: ada.get(f"/posts/{post['id']}").headers["ETag"] for post in (one, other)}
    assert run(ada, update(one, tags[one["id"]], title="x"), delete(other, "*")).status_code == 200
    assert run(ada, update(one, tags[one["id"]], title="y")).status_code == 412
    assert ada.get(f"/posts/{one['id']}").json["title"] == "x"


def test_where_every_change_must_name_its_version_so_must_an_operation(people, make_client):
    ada = people()
    post, client = ada.write(), make_client(REQUIRE_IF_MATCH="true")
    body = {"mode": "each", "operations": [create(), update(post, title="x"), delete(post, "*")]}
    reply = client.post("/api/v1/posts/bulk", json=body, headers=ada.headers)
    assert [result["status"] for result in reply.json["results"]] == [201, 428, 204]


def test_readers_change_nothing(people):
    reader, ada = people("reader"), people()
    post = ada.write()
    assert run(reader, create(tags=["new"])).status_code == 403
    results = run(reader, create(), update(post, title="x"), delete(MISSING), mode="each").json["results"]
    assert [result["status"] for result in results] == [403, 403, 404]
    assert people("editor").get("/tags").json["data"] == []


def test_editors_change_what_others_wrote(people):
    post, editor = people().write(), people("editor")
    (result,) = run(editor, update(post, title="Edited")).json["results"]
    assert (result["data"]["title"], result["data"]["author"]) == ("Edited", post["author"])


def test_a_request_that_is_sent_again_with_its_key_is_done_once(people):
    ada, key = people(), {"Idempotency-Key": "k"}
    for mode in MODES:
        headers = {"Idempotency-Key": mode}
        first, again = (run(ada, create(), delete(MISSING), mode=mode, headers=headers) for _ in range(2))
        assert (again.headers.get("Idempotency-Replayed") == "true") == (mode == "each")
        assert first.status_code == again.status_code
    assert run(ada, create("x"), headers=key).data == run(ada, create("x"), headers=key).data
    assert ada.get("/posts?status=all&total=true").json["pagination"]["total"] == 2


def test_each_change_costs_one_statement_and_in_a_savepoint_three(people, count_queries):
    ada = people()
    posts = [ada.write(f"Post {n}", tags=["a"]) for n in range(12)]
    for mode, cost in (("atomic", 1), ("each", 3)):
        for operation in (partial(update, title="x"), partial(update, summary="s", status="draft"), delete):
            counts = []
            for some in (posts[:1], posts[1:6]):
                with count_queries() as statements:
                    run(ada, *map(operation, some), mode=mode)
                counts.append(len(statements))
            assert counts[1] - counts[0] == 4 * cost
        posts = posts[6:]


@pytest.mark.parametrize("mode", MODES)
def test_a_database_that_goes_away_is_no_matter_of_one_operation(people, monkeypatch, mode):
    ada = people()
    post = ada.write()

    def fail(*_arguments):
        raise exc.OperationalError("UPDATE", {}, OSError("gone"))

    monkeypatch.setattr(crud, "update_post", fail)
    reply = run(ada, create("x"), update(post, title="x"), mode=mode)
    assert (reply.status_code, reply.json["type"]) == (503, "/problems/unavailable")
    assert ada.get("/posts?status=all&total=true").json["pagination"]["total"] == 1
