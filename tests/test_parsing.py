"""Input that cannot be read, or is readable but wrong: the right refusal, the right place, and never a 500."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog_api.parsing import MAX_BODY

JSON = "application/json"
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def send(people):
    """Sends bytes as the body of a new post."""
    ada = people()
    return lambda body, **options: ada.request(
        "POST", "/posts", **{"data": body, "content_type": JSON} | options
    )


def post(**fields):
    return json.dumps({"title": "x", "content": "", **fields}).encode()


def faults(reply):
    assert reply.status_code == 422, reply.text
    return [(fault.get("pointer", fault.get("parameter")), fault["code"]) for fault in reply.json["errors"]]


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/json; charset=latin-1", "application/json; charset=utf-16", "application/problem+json", "json"],
)  # fmt: skip
def test_a_body_of_another_type_is_415(send, content_type):
    reply = send(post(), content_type=content_type)
    assert (reply.status_code, reply.json["type"]) == (415, "/problems/unsupported-media-type")


def test_an_encoded_body_is_415(send):
    assert send(post(), headers={"Content-Encoding": "gzip"}).status_code == 415
    assert send(post(), headers={"Content-Encoding": "Identity"}).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    ["Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"'],
)
def test_json_is_json_however_its_type_is_spelled(send, content_type):
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


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_not_json_is_400(send, body):
    reply = send(body)
    assert (reply.status_code, reply.json["type"]) == (400, "/problems/bad-request")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"7", b"true", b'[{"title": "x", "content": ""}]'])
def test_a_body_that_is_no_object_is_422(send, body):
    assert faults(send(body)) == [("", "wrong_type")]


def test_of_a_key_given_twice_the_last_counts(send):
    reply = send(b'{"title": "first", "title": "last", "content": ""}')
    assert (reply.status_code, reply.json["title"]) == (201, "last")


@pytest.mark.parametrize("number", [b"1" + b"0" * 30, b"-1", b"9223372036854775808", b"1e30", b"0.5"])
@pytest.mark.parametrize("field", ["title", "published_at", "tags", "status", "slug"])
def test_a_number_where_none_belongs_is_422_whatever_its_size(send, field, number):
    body = b'{"title": "x", "content": "", "%s": %s}' % (field.encode(), number)
    assert [pointer for pointer, _ in faults(send(body))] == [f"/{field}"]


@pytest.mark.parametrize("value", ["a\0b", "\0"])
@pytest.mark.parametrize("field", ["title", "content", "summary", "slug", "status", "published_at"])
def test_nul_is_refused_in_every_text_of_a_post(send, field, value):
    assert [pointer for pointer, _ in faults(send(post(**{field: value})))] == [f"/{field}"]


def test_nul_is_refused_everywhere_else(people, client):
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


def test_a_fault_in_a_list_points_to_its_place(send):
    reply = send(post(tags=["a", "b", 7, "", None, "x" * 51]))
    assert faults(reply) == [
        ("/tags/2", "wrong_type"), ("/tags/3", "blank"), ("/tags/4", "null"), ("/tags/5", "too_long")
    ]  # fmt: skip
    assert faults(send(post(tags="python"))) == [("/tags", "invalid")]
    assert faults(send(post(tags=[str(number) for number in range(51)]))) == [("/tags", "too_many")]


def test_all_faults_are_told_at_once(send):
    reply = send(b'{"title": "", "content": null, "status": "gone", "tilte": "x"}')
    assert sorted(faults(reply)) == [
        ("/content", "null"), ("/status", "not_a_choice"), ("/tilte", "unknown"), ("/title", "blank")
    ]  # fmt: skip


def test_an_unknown_field_brings_a_suggestion_where_one_is_close(send):
    (fault,) = send(post(sumary="x")).json["errors"]
    assert (fault["pointer"], fault["detail"]) == ("/sumary", "This field is unknown. Did you mean summary?")
    (fault,) = send(post(qqqq="x")).json["errors"]
    assert fault["detail"] == "This field is unknown."


def test_a_pointer_is_escaped(send):
    assert faults(send(post(**{"a/b~c": 1}))) == [("/a~1b~0c", "unknown")]
    assert faults(send(post(**{"": 1}))) == [("/", "unknown")]


def padded(size):
    """A readable post of so many bytes."""
    body = post()
    return body + b" " * (size - len(body))


def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_413(send):
    assert send(padded(MAX_BODY)).status_code == 201
    reply = send(padded(MAX_BODY + 1))
    assert (reply.status_code, reply.json["type"]) == (413, "/problems/content-too-large")


class Chunks(io.RawIOBase):
    """A body of so many bytes in pieces, as a server gives a chunked one."""

    def __init__(self, body, piece=65_536):
        self.body, self.piece = io.BytesIO(body), piece

    def readable(self):
        return True

    def read(self, size=-1):
        return self.body.read(self.piece if size < 0 else min(size, self.piece))

    def readinto(self, buffer):
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def chunked(body, **options):
    return {
        "environ_overrides": {
            "wsgi.input": Chunks(body, **options),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        }
    }


def test_a_chunked_body_has_the_same_limit(people):
    ada = people()
    for size, status in ((100, 201), (MAX_BODY, 201), (MAX_BODY + 1, 413), (3 * MAX_BODY, 413)):
        reply = ada.request("POST", "/posts", content_type=JSON, **chunked(padded(size)))
        assert (size, reply.status_code) == (size, status), reply.text
    reply = ada.request("POST", "/posts", content_type=JSON, **chunked(post(), piece=3))
    assert reply.status_code == 201


def test_a_body_that_is_shorter_than_announced_is_400(people):
    body = post()
    options = {"input_stream": io.BytesIO(body), "environ_overrides": {"CONTENT_LENGTH": str(len(body) + 5)}}
    reply = people().request("POST", "/posts", content_type=JSON, **options)
    assert (reply.status_code, reply.json["type"]) == (400, "/problems/bad-request")


def test_a_body_longer_than_announced_ends_where_it_was_announced_to(people):
    body = post()
    options = {
        "input_stream": io.BytesIO(body + b"more"),
        "environ_overrides": {"CONTENT_LENGTH": str(len(body))},
    }
    assert people().request("POST", "/posts", content_type=JSON, **options).status_code == 201


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
@pytest.mark.parametrize("name", ["limit", "offset"])
def test_what_is_no_number_is_refused_in_a_query(client, name, number):
    assert [where for where, _ in faults(client.get(f"/api/v1/posts?{name}={number}"))] == [name]


def test_numbers_have_their_range_in_a_query(client):
    assert faults(client.get("/api/v1/posts?limit=0")) == [("limit", "out_of_range")]
    assert faults(client.get("/api/v1/posts?limit=101")) == [("limit", "out_of_range")]
    for query in ("limit=1", "limit=100", "offset=0", f"offset={2**63 - 1}"):
        assert client.get(f"/api/v1/posts?{query}").status_code == 200


@pytest.mark.parametrize(
    "number", ["0", "01", "+1", "-1", "1_0", "1.0", "٣", "１", str(2**63), str(10**30), "1%00", "%FF", "x"]
)
@pytest.mark.parametrize("path", ["posts", "tags", "users", "auth/sessions"])
def test_what_is_no_id_is_not_there(people, path, number):
    reply = people("admin").delete(f"/{path}/{number}")
    assert (reply.status_code, reply.json["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("path", ["posts", "tags", "users", "auth/sessions"])
def test_the_largest_id_is_one_that_is_not_there(people, path):
    assert people("admin").delete(f"/{path}/{2**63 - 1}").status_code == 404


@pytest.mark.parametrize(
    "slug", ["%00", "a%00b", "%ff", "%ED%A0%80", "%2e%2e", "a%2Fb", "%0a", "x" * 5000, "ä", "%C3%A4"]
)
def test_any_text_as_slug_is_just_not_there(client, slug):
    assert client.get(f"/api/v1/posts/slug/{slug}").status_code == 404


@pytest.mark.parametrize("query", ["%ff", "tag=%ff", "tag=a&x=%C3", "%ED%A0%80=1", "author=%80"])
@pytest.mark.parametrize("path", ["/api/v1/posts", "/api/v1/users/1", "/api/v1/tags"])
def test_a_query_that_is_not_utf8_is_400(client, path, query):
    reply = client.get(f"{path}?{query}")
    assert (reply.status_code, reply.json["type"]) == (400, "/problems/bad-request")


@pytest.mark.parametrize("raw", ["tag=\xff", "tag=\xc3", "\xe4=1"])
def test_a_query_of_raw_bytes_that_are_not_utf8_is_400(client, raw):
    reply = client.get("/api/v1/posts", environ_overrides={"QUERY_STRING": raw})
    assert reply.status_code == 400


def test_a_query_of_raw_utf8_is_read(client):
    raw = "ä=1".encode().decode("latin-1")
    reply = client.get("/api/v1/posts", environ_overrides={"QUERY_STRING": raw})
    assert faults(reply) == [("ä", "unknown")]


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
def test_nul_is_refused_in_a_query(client, query):
    assert [where for where, _ in faults(client.get(f"/api/v1/posts?{query}"))] == [query.partition("=")[0]]


def test_an_unknown_parameter_is_refused_with_a_suggestion(client):
    (fault,) = client.get("/api/v1/posts?auther=ada").json["errors"]
    assert (fault["parameter"], fault["code"]) == ("auther", "unknown")
    assert fault["detail"].endswith("Did you mean author?")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/users/me"), ("GET", "/posts/1"), ("POST", "/posts"), ("PATCH", "/users/me"), ("DELETE", "/posts/1"),
     ("POST", "/auth/login"), ("POST", "/auth/logout"), ("GET", "/auth/sessions"), ("GET", "/tags/1")],
)  # fmt: skip
def test_a_route_without_parameters_takes_none(people, method, path):
    ada = people()
    assert faults(ada.request(method, f"{path}?x=1&y=2&x=3", json={})) == [("x", "unknown"), ("y", "unknown")]
    assert faults(ada.request(method, f"{path}?x", json={})) == [("x", "unknown")]


def test_an_empty_query_is_none(people):
    ada = people()
    for query in ("?", "?&", "?&&"):
        assert ada.get(f"/users/me{query}").status_code == 200
        assert ada.get(f"/posts{query}").status_code == 200


@pytest.mark.parametrize("name", ["limit", "sort", "status", "author", "total", "published_after"])
def test_a_parameter_that_takes_one_value_is_given_once(client, name):
    assert (name, "repeated") in faults(client.get(f"/api/v1/posts?{name}=1&{name}=1"))


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
def test_whatever_a_post_is_made_of_nothing_breaks(send, fields):
    body = json.dumps({"title": "x", "content": "", **fields}).encode("utf-8", "replace")
    assert send(body).status_code in (201, 400, 422)


@FUZZ
@given(st.binary(max_size=60))
def test_whatever_bytes_are_sent_nothing_breaks(send, body):
    assert send(body).status_code in (400, 422)


QUERY = st.sampled_from(["limit", "offset", "cursor", "sort", "author", "tag", "any_tag", "status", "fields", "total",
                         "published_after", "published_before", "q"])  # fmt: skip


@FUZZ
@given(st.lists(st.tuples(QUERY, st.text(max_size=20)), max_size=4))
def test_whatever_is_asked_of_a_list_nothing_breaks(client, query):
    pairs = [(name, value.encode("utf-8", "surrogatepass")) for name, value in query]
    assert client.get("/api/v1/posts", query_string=pairs).status_code in (200, 400, 401, 422)


@FUZZ
@given(st.binary(max_size=30))
def test_whatever_bytes_a_query_has_nothing_breaks(client, raw):
    for path in ("/api/v1/posts", "/api/v1/users/me"):
        reply = client.get(path, environ_overrides={"QUERY_STRING": raw.decode("latin-1")})
        assert reply.status_code in (200, 400, 401, 422)


@FUZZ
@given(st.binary(max_size=30))
def test_whatever_bytes_a_path_has_nothing_breaks(client, raw):
    for prefix in ("/", "/api/v1/posts/", "/api/v1/posts/slug/", "/problems/"):
        reply = client.get("/", environ_overrides={"PATH_INFO": prefix + raw.decode("latin-1")})
        assert reply.status_code in (200, 302, 308, 404, 405), prefix
