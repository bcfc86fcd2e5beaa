"""Malformed and invalid query strings and paths."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.databases import on_one_database

FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def faults(reply):
    assert reply.status_code == 422, reply.text
    return [(fault.get("pointer", fault.get("parameter")), fault["code"]) for fault in reply.json["errors"]]


@on_one_database
@pytest.mark.parametrize(
    "number",
    [
        "01",
        "+1",
        "-1",
        "%2B1",
        "1_0",
        "1.0",
        "1e1",
        "0x1",
        " 1",
        "%201",
        "1%20",
        "٣",
        "１",
        "²",
        "x",
        "",
        "1%00",
        str(10**30),
        str(2**63),
    ],
)
def test_an_invalid_number_is_rejected_in_a_query(client, number):
    for name in ("limit", "offset"):
        assert [where for where, _ in faults(client.get(f"/api/v1/posts?{name}={number}"))] == [name]


def test_numbers_in_a_query_have_a_range(client):
    assert faults(client.get("/api/v1/posts?limit=0")) == [("limit", "out_of_range")]
    assert faults(client.get("/api/v1/posts?limit=101")) == [("limit", "out_of_range")]
    for query in ("limit=1", "limit=100", "offset=0", f"offset={2**63 - 1}"):
        assert client.get(f"/api/v1/posts?{query}").status_code == 200


@on_one_database
@pytest.mark.parametrize(
    "number", ["0", "01", "+1", "-1", "1_0", "1.0", "٣", "１", str(2**63), str(10**30), "1%00", "%FF", "x"]
)
def test_an_invalid_id_is_404(people, number):
    admin = people("admin")
    for path in ("posts", "tags", "users", "auth/sessions"):
        reply = admin.delete(f"/{path}/{number}")
        assert (reply.status_code, reply.json["type"]) == (404, "/problems/not-found")


def test_the_largest_id_is_404(people):
    admin = people("admin")
    for path in ("posts", "tags", "users", "auth/sessions"):
        assert admin.delete(f"/{path}/{2**63 - 1}").status_code == 404


@pytest.mark.parametrize(
    "slug", ["%00", "a%00b", "%ff", "%ED%A0%80", "%2e%2e", "a%2Fb", "%0a", "x" * 4000, "ä", "%C3%A4"]
)
def test_an_invalid_slug_is_404(client, slug):
    assert client.get(f"/api/v1/posts/slug/{slug}").status_code == 404


@on_one_database
@pytest.mark.parametrize("query", ["%ff", "tag=%ff", "tag=a&x=%C3", "%ED%A0%80=1", "author=%80"])
def test_a_query_string_that_is_not_utf8_is_400(client, query):
    for path in ("/api/v1/posts", "/api/v1/users/1", "/api/v1/tags"):
        reply = client.get(f"{path}?{query}")
        assert (reply.status_code, reply.json["type"]) == (400, "/problems/bad-request")


@on_one_database
@pytest.mark.parametrize("raw", ["tag=\xff", "tag=\xc3", "\xe4=1"])
def test_raw_bytes_in_a_query_string_that_are_not_utf8_are_400(client, raw):
    reply = client.get("/api/v1/posts", environ_overrides={"QUERY_STRING": raw})
    assert reply.status_code == 400


@on_one_database
def test_raw_utf8_in_a_query_string_is_accepted(client):
    raw = "ä=1".encode().decode("latin-1")
    reply = client.get("/api/v1/posts", environ_overrides={"QUERY_STRING": raw})
    assert faults(reply) == [("ä", "unknown")]


@on_one_database
@pytest.mark.parametrize(
    "query",
    [
        "author=a%00b",
        "tag=%00",
        "any_tag=a,%00",
        "cursor=%00",
        "sort=%00",
        "fields=%00",
        "status=%00",
        "published_after=%00",
    ],
)
def test_nul_is_rejected_in_a_query(client, query):
    assert [where for where, _ in faults(client.get(f"/api/v1/posts?{query}"))] == [query.partition("=")[0]]


@on_one_database
def test_an_unknown_parameter_is_rejected_with_a_suggestion(client):
    (fault,) = client.get("/api/v1/posts?auther=ada").json["errors"]
    assert (fault["parameter"], fault["code"]) == ("auther", "unknown")
    assert fault["detail"].endswith("Did you mean author?")


@on_one_database
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/users/me"), ("GET", "/users/1"), ("POST", "/posts"), ("PATCH", "/users/me"), ("DELETE", "/tags/1"),
     ("POST", "/auth/login"), ("POST", "/auth/logout"), ("GET", "/auth/sessions"), ("GET", "/tags/1")],
)  # fmt: skip
def test_a_route_without_parameters_rejects_them(people, method, path):
    ada = people()
    assert faults(ada.request(method, f"{path}?x=1&y=2&x=3", json={})) == [("x", "unknown"), ("y", "unknown")]
    assert faults(ada.request(method, f"{path}?x", json={})) == [("x", "unknown")]


def test_an_empty_query_string_is_accepted(people):
    ada = people()
    for query in ("?", "?&", "?&&"):
        assert ada.get(f"/users/me{query}").status_code == 200
        assert ada.get(f"/posts{query}").status_code == 200


@on_one_database
@pytest.mark.parametrize("name", ["limit", "sort", "has_tags", "total", "published_after"])
def test_a_single_valued_parameter_cannot_be_repeated(client, name):
    assert (name, "repeated") in faults(client.get(f"/api/v1/posts?{name}=1&{name}=1"))


QUERY = st.sampled_from(["limit", "offset", "cursor", "sort", "author", "tag", "any_tag", "status", "fields", "total",
                         "published_after", "published_before", "q"])  # fmt: skip


@FUZZ
@given(st.lists(st.tuples(QUERY, st.text(max_size=20)), max_size=4))
def test_any_list_parameters_are_accepted_or_rejected(client, query):
    pairs = [(name, value.encode("utf-8", "surrogatepass")) for name, value in query]
    assert client.get("/api/v1/posts", query_string=pairs).status_code in (200, 400, 401, 422)


@FUZZ
@given(st.binary(max_size=30))
def test_any_bytes_as_query_string_are_accepted_or_rejected(client, raw):
    for path in ("/api/v1/posts", "/api/v1/users/me"):
        reply = client.get(path, environ_overrides={"QUERY_STRING": raw.decode("latin-1")})
        assert reply.status_code in (200, 400, 401, 422)


@FUZZ
@given(st.binary(max_size=30))
def test_any_bytes_as_path_get_a_response(client, raw):
    for prefix in ("/", "/api/v1/posts/", "/api/v1/posts/slug/", "/problems/"):
        reply = client.get("/", environ_overrides={"PATH_INFO": prefix + raw.decode("latin-1")})
        assert reply.status_code in (200, 302, 308, 404, 405), prefix


def test_a_cached_query_string_belongs_to_its_route(people):
    admin = people("admin")
    admin.write("Post")
    for _ in range(2):
        assert len(admin.get("/posts?limit=1").json["data"]) == 1
        assert admin.get("/tags?limit=1").json["data"] == []
        assert faults(admin.get("/posts?limit=1&colour=red")) == [("colour", "unknown")]
        assert faults(admin.get("/tags?limit=0")) == [("limit", "out_of_range")]


def test_a_cursor_gives_the_same_page_in_any_position(client, people):
    ada = people()
    for number in range(5):
        ada.write(f"Post {number}")
    second = client.get("/api/v1/posts?limit=2&total=true").json["pagination"]["next_cursor"]
    rest = ["limit=2", "total=true", f"cursor={second}"]
    pages = [client.get(f"/api/v1/posts?{'&'.join(order)}").json for order in itertools.permutations(rest)]
    pages += [client.get(f"/api/v1/posts?limit=2&&total=true&%63ursor={second}").json]
    assert all(page == pages[0] for page in pages)
    assert [post["title"] for post in pages[0]["data"]] == ["Post 2", "Post 1"]
    assert pages[0]["pagination"]["total"] == 5


@pytest.mark.parametrize(
    ("beside", "wrong"),
    [("offset=0", [("offset", "not_together")]), ("%6Fffset=0", [("offset", "not_together")]),
     ("sort=title", [("cursor", "bad_cursor")]), ("author=ada", [("cursor", "bad_cursor")]),
     ("limit=0", [("limit", "out_of_range")]), ("colour=red", [("colour", "unknown")]),
     ("cursor=x", [("cursor", "repeated")]), ("limit=1&limit=2", [("limit", "repeated")])],
)  # fmt: skip
def test_errors_next_to_a_cursor_are_reported(client, people, beside, wrong):
    ada = people()
    for number in range(3):
        ada.write(f"Post {number}")
    cursor = client.get("/api/v1/posts?limit=1").json["pagination"]["next_cursor"]
    for _ in range(2):
        assert client.get(f"/api/v1/posts?limit=1&cursor={cursor}").status_code == 200
        for query in (f"{beside}&cursor={cursor}", f"cursor={cursor}&{beside}"):
            assert faults(client.get(f"/api/v1/posts?{query}")) == wrong


def test_an_invalid_cursor_is_rejected_next_to_a_cached_query_string(client):
    for cursor in ("x", "WyJ4Il0", "A" * 3, "", "%00"):
        assert client.get("/api/v1/tags?limit=1").status_code == 200
        assert [where for where, _ in faults(client.get(f"/api/v1/tags?limit=1&cursor={cursor}"))] == [
            "cursor"
        ]
        # A route without pagination rejects it as unknown.
        assert faults(client.get(f"/api/v1/posts/1?cursor={cursor}")) == [("cursor", "unknown")]


def test_a_cursor_cannot_be_repeated_in_any_encoding(client, people):
    ada = people()
    for number in range(3):
        ada.write(f"Post {number}")
    cursor = client.get("/api/v1/posts?limit=1").json["pagination"]["next_cursor"]
    for other in (f"%63ursor={cursor}", f"cursor=%{ord(cursor[0]):02x}{cursor[1:]}", f"cursor=+{cursor}"):
        reply = client.get(f"/api/v1/posts?limit=1&cursor={cursor}&{other}")
        assert faults(reply) == [("cursor", "repeated")]
