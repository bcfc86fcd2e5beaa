"""Invalid parameters of lists are reported by name, with an error code."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.blueprints.posts_lists.helpers import titles


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("limit=0", "limit", "out_of_range"),
        ("limit=101", "limit", "out_of_range"),
        ("limit=-1", "limit", "wrong_type"),
        ("limit=", "limit", "wrong_type"),
        ("limit=05", "limit", "wrong_type"),
        ("limit=1e1", "limit", "wrong_type"),
        ("limit=%D9%A1", "limit", "wrong_type"),
        ("limit=1&limit=2", "limit", "repeated"),
        ("offset=-1", "offset", "wrong_type"),
        ("offset=9223372036854775808", "offset", "out_of_range"),
        ("offset=99999999999999999999", "offset", "wrong_type"),
        ("total=1", "total", "wrong_type"),
        ("total=true&total=true", "total", "repeated"),
        ("author=", "author", "blank"),
        ("author=01", "author", "malformed"),
        ("author=a%20b", "author", "malformed"),
        (
            "updated_after=2020-01-01T00:00:00Z&updated_after=2020-01-01T00:00:00Z",
            "updated_after",
            "repeated",
        ),
        ("tag=", "tag", "blank"),
        ("tag=No", "tag", "malformed"),
        ("tag=a&tag=b%00", "tag", "control_character"),
        ("any_tag=a,,b", "any_tag", "blank"),
        ("any_tag=" + ",".join(f"t{n}" for n in range(21)), "any_tag", "too_many"),
        ("&".join(f"tag=t{n}" for n in range(21)), "tag", "too_many"),
        ("status=trashed", "status", "not_a_choice"),
        ("status=draft,,scheduled", "status", "not_a_choice"),
        ("id=1,x", "id", "wrong_type"),
        ("id=0", "id", "out_of_range"),
        ("id=" + ",".join(str(n) for n in range(1, 102)), "id", "too_many"),
        ("published_after=2020-01-01", "published_after", "malformed"),
        ("published_after=2020-01-01T00:00:00", "published_after", "malformed"),
        ("published_after=2020-01-01T00:00:00+00:00x", "published_after", "malformed"),
        ("published_before=0001-01-01T00:00:00%2B01:00", "published_before", "malformed"),
        ("sort=slug", "sort", "not_a_choice"),
        ("sort=--title", "sort", "not_a_choice"),
        ("fields=", "fields", "not_a_choice"),
        ("fields=id,password", "fields", "not_a_choice"),
        ("cursor=", "cursor", "blank"),
        ("cursor=x", "cursor", "bad_cursor"),
        ("cursor=" + "A" * 6001, "cursor", "too_long"),
        ("titel=x", "titel", "unknown"),
        ("trashed=yes", "trashed", "wrong_type"),
    ],
)
def test_an_invalid_parameter_is_reported_by_name(get, query, parameter, code):
    reply = get(query)
    assert reply.status_code == 422
    assert {(fault["parameter"], fault["code"]) for fault in reply.json["errors"]} == {(parameter, code)}


@pytest.mark.parametrize(
    ("wrong", "meant"), [("limt", "limit"), ("tags", "tag"), ("field", "fields"), ("Sort", "sort")]
)
def test_an_unknown_parameter_is_rejected_with_a_suggestion(get, wrong, meant):
    (fault,) = get(f"{wrong}=1").json["errors"]
    assert (fault["parameter"], fault["code"]) == (wrong, "unknown")
    assert fault["detail"].endswith(f"Did you mean {meant}?")


def test_an_unknown_parameter_page_is_rejected_with_a_hint_of_cursor_and_offset(get):
    for query, names in (("page=2", ("cursor", "offset")), ("per_page=5", ("limit",))):
        (fault,) = get(query).json["errors"]
        assert fault["code"] == "unknown"
        assert all(name in fault["detail"] for name in names)


def test_a_query_that_is_not_utf8_is_a_bad_request(get):
    assert get("author=%ff").status_code == 400


def test_routes_without_parameters_reject_parameters(three, client):
    for path in ("/posts/1?x=1", "/posts/slug/a?x=id", "/tags/1?fields=id"):
        assert client.get(f"/api/v1{path}").status_code == 422
    assert three.post("/posts?dry=1", json={"title": "x", "content": ""}).status_code == 422


def test_the_largest_integer_of_the_database_is_valid(three, get):
    assert titles(get("offset=9223372036854775807&limit=100&total=true")) == []
    assert titles(get(f"author={10**18 - 1}&offset=9223372036854775807")) == []
    assert titles(get(f"published_after={quote('9999-12-31T23:59:59.999999+00:00')}")) == []
