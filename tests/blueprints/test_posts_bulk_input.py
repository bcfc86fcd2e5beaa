"""Invalid bulk requests: which errors are reported, and for which operation."""

from __future__ import annotations

import pytest

from tests.blueprints.bulk import MODES, create, pointers, run

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
    ({"op": "create", "data": {"title": "x", "slug": ""}}, "/operations/0/data/slug", "blank"),
    ({"op": "create", "data": {"title": "x", "content": None}}, "/operations/0/data/content", "null"),
    ({"op": "create", "data": 7}, "/operations/0/data", "wrong_type"),
    ({"op": "create", "id": 1, "data": {"title": "x", "content": ""}}, "/operations/0/id", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "pointer", "code"), WRONG, ids=str)
def test_an_invalid_operation_is_reported_with_its_pointer(people, operation, pointer, code):
    ada = people()
    atomic = run(ada, operation, create())
    assert atomic.status_code == 422
    (fault,) = atomic.json["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert atomic.json["detail"].startswith(f"{pointer}: ")
    refused, done = run(ada, operation, create(), mode="each").json["results"]
    assert (refused["status"], done["status"]) == (422, 201)
    assert refused["problem"]["errors"] == [fault]


def test_all_errors_of_an_atomic_request_are_reported_together(people):
    reply = run(people(), create(None), create(), {"op": "delete", "id": -1}, create("x" * 201, slug="A B"))
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
def test_an_invalid_request_is_rejected_as_a_whole(people, mode, body, pointer):
    ada = people()
    reply = ada.post("/posts/bulk", {"mode": mode} | body)
    assert (reply.status_code, pointers(reply.json)) == (422, [pointer])
    assert ada.get("/posts?status=all").json["data"] == []


def test_an_unknown_mode_is_rejected(people):
    assert pointers(run(people(), create(), mode="some").json) == ["/mode"]
