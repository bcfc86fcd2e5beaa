"""Malformed and invalid bodies: the right error with the right location, and never a 500."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import on_one_database

JSON = "application/json"


FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def send(people):
    """Send bytes as the body of a new post."""
    ada = people()
    return lambda body, **options: ada.request(
        "POST", "/posts", **{"data": body, "content_type": JSON} | options
    )


def post(**fields):
    return json.dumps({"title": "x", "content": "", **fields}).encode()


def faults(reply):
    assert reply.status_code == 422, reply.text
    return [(fault.get("pointer", fault.get("parameter")), fault["code"]) for fault in reply.json["errors"]]


@on_one_database
@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/json; charset=latin-1", "application/json; charset=utf-16", "application/problem+json", "json"],
)  # fmt: skip
def test_a_body_with_another_content_type_is_415(send, content_type):
    reply = send(post(), content_type=content_type)
    assert (reply.status_code, reply.json["type"]) == (415, "/problems/unsupported-media-type")


def test_a_body_with_a_content_encoding_is_415(send):
    reply = send(post(), headers={"Content-Encoding": "gzip"})
    assert (reply.status_code, "Content-Encoding" in reply.json["detail"]) == (415, True)
    assert send(post(), headers={"Content-Encoding": "Identity"}).status_code == 201


@on_one_database
@pytest.mark.parametrize(
    "content_type",
    ["Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'],
)
def test_the_json_content_type_is_case_insensitive(send, content_type):
    assert send(post(), content_type=content_type).status_code == 201


UNREADABLE = {
    "empty": b"",
    "blank": b"  \n",
    "cut off": b'{"title": "x"',
    "followed by more": b'{"title": "x"} {}',
    "invalid UTF-8": b'{"title": "\xff", "content": ""}',
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "an overlong form": b'{"title": "\xc0\xaf", "content": ""}',
    "a lone surrogate": b'{"title": "\\ud800", "content": ""}',
    "an encoded surrogate": b'{"title": "\xed\xa0\x80", "content": ""}',
    "a raw control character": b'{"title": "a\nb", "content": ""}',
    "NaN": b'{"title": NaN, "content": ""}',
    "Infinity": b'{"title": -Infinity, "content": ""}',
    "1e999": b'{"title": 1e999999}',
    "single quotes": b"{'title': 'x'}",
    "a trailing comma": b'{"title": "x",}',
    "a comment": b'{"title": "x"} // x',
    "deep lists": b"[" * 100_000,
    "deep lists that end": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "deep in a field": b'{"title": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


@on_one_database
@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_invalid_json_is_400(send, body):
    reply = send(body)
    assert (reply.status_code, reply.json["type"]) == (400, "/problems/bad-request")


@on_one_database
@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"7", b"true", b'[{"title": "x", "content": ""}]'])
def test_a_body_that_is_not_an_object_is_422(send, body):
    assert faults(send(body)) == [("", "wrong_type")]


def test_the_last_of_duplicate_members_wins(send):
    reply = send(b'{"title": "first", "title": "last", "content": ""}')
    assert (reply.status_code, reply.json["title"]) == (201, "last")


@on_one_database
@pytest.mark.parametrize("number", [b"1" + b"0" * 30, b"-1", b"9223372036854775808", b"1e30", b"0.5"])
def test_a_number_of_any_size_in_another_field_is_422(send, number):
    for field in ("title", "published_at", "tags", "status", "slug"):
        body = b'{"title": "x", "content": "", "%s": %s}' % (field.encode(), number)
        assert [pointer for pointer, _ in faults(send(body))] == [f"/{field}"]


@on_one_database
@pytest.mark.parametrize("value", ["a\0b", "\0"])
@pytest.mark.parametrize("field", ["title", "content", "summary", "slug", "status", "published_at"])
def test_nul_is_rejected_in_every_string_of_a_post(send, field, value):
    assert [pointer for pointer, _ in faults(send(post(**{field: value})))] == [f"/{field}"]


def test_nul_is_rejected_in_other_bodies(people, client):
    admin = people("admin")
    for field in ("name", "slug", "description"):
        assert faults(admin.post("/tags", json={"name": "x", field: "a\0"}))[0][0] == f"/{field}"
    for field in ("username", "email", "display_name", "bio", "role"):
        assert faults(admin.patch(f"/users/{admin.id}", json={field: "a\0"}))[0][0] == f"/{field}"
    login = client.post("/api/v1/auth/login", json={"username": "a\0", "password": "x"})
    assert faults(login) == [("/username", "control_character")]
    assert client.post("/api/v1/auth/login", json={"username": "a", "password": "\0"}).status_code == 401
    assert (
        faults(admin.post("/posts", json={"title": "x", "content": "", "tags": ["a", "\0"]}))[0][0]
        == "/tags/1"
    )


@on_one_database
def test_an_error_in_a_list_points_to_the_item(send):
    reply = send(post(tags=["a", "b", 7, "", None, "x" * 51]))
    assert faults(reply) == [
        ("/tags/2", "wrong_type"), ("/tags/3", "blank"), ("/tags/4", "null"), ("/tags/5", "too_long")
    ]  # fmt: skip
    assert faults(send(post(tags="python"))) == [("/tags", "wrong_type")]
    assert faults(send(post(tags=[str(number) for number in range(51)]))) == [("/tags", "too_many")]


@on_one_database
def test_all_errors_are_reported_together(send):
    reply = send(b'{"slug": "", "content": null, "status": "gone", "tilte": "x"}')
    assert sorted(faults(reply)) == [
        ("/content", "null"), ("/slug", "blank"), ("/status", "not_a_choice"), ("/tilte", "unknown")
    ]  # fmt: skip


@on_one_database
def test_an_unknown_field_gets_a_suggestion_if_one_is_close(send):
    (fault,) = send(post(sumary="x")).json["errors"]
    assert (fault["pointer"], fault["detail"]) == ("/sumary", "This field is unknown. Did you mean summary?")
    (fault,) = send(post(qqqq="x")).json["errors"]
    assert fault["detail"] == "This field is unknown."


@on_one_database
def test_a_pointer_is_escaped(send):
    assert faults(send(post(**{"a/b~c": 1}))) == [("/a~1b~0c", "unknown")]
    assert faults(send(post(**{"": 1}))) == [("/", "unknown")]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


FIELDS = ("title", "content", "summary", "slug", "status", "published_at", "tags", "x")


@FUZZ
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, ANYTHING)))
def test_any_members_of_a_post_are_accepted_or_rejected(send, fields):
    body = json.dumps({"title": "x", "content": "", **fields}).encode("utf-8", "replace")
    assert send(body).status_code in (201, 400, 422)


@on_one_database
@FUZZ
@given(st.binary(max_size=60))
def test_any_bytes_as_body_are_rejected(send, body):
    assert send(body).status_code in (400, 422)


@on_one_database
def test_only_the_first_of_many_unknown_fields_are_reported(client):
    reply = client.post("/api/v1/auth/login", json={f"usernam{n}": n for n in range(20_000)})
    assert reply.status_code == 422
    assert len(reply.json["errors"]) == 22


@on_one_database
@pytest.mark.parametrize("text", ["true", "false", 1, 0])
def test_only_true_and_false_are_booleans(people, text):
    admin, ada = people("admin"), people()
    reply = admin.patch(f"/users/{ada.id}", json={"is_active": text})
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/is_active")
