"""Malformed bodies, and bodies with invalid values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.inputs.cases import JSON, Outcome, World, bodies, case, fields, list_fields, members

DEEP = 100_000
INVALID_JSON = [
    b"", b"  ", b'{"title": "x"', b'{"title": "x"} {}', b"{'title': 'x'}", b'{"title": "x",}', b'{"title": 01}',
    b'{"title": +1}', b'{"title": 1_0}', '{"title": ١}'.encode(), b'{"title": 0x1}', b'{"title": "a\nb"}',
]  # fmt: skip
NOT_UTF8 = [
    b'{"title": "\xff"}', b'{"title": "\xc0\xaf"}', b'{"title": "\xed\xa0\x80"}',
    '{"title": "ä"}'.encode("latin-1"),
    '{"title": "x"}'.encode("utf-16"), '{"title": "x"}'.encode("utf-16-le"), '{"title": "x"}'.encode("utf-32"),
]  # fmt: skip
NUMBERS = ["1", "-1", "0.5", str(2**31), str(2**63), str(10**30), "1e30"]
INVALID_INTEGERS: list[Any] = [0, -1, 2**63, 10**30, 1e300, 0.5, "1", True, [], {}]
ITEMS: list[Any] = [0, None, "x", {}]
STRUCTURES: list[Any] = [[], {}, [[]], {"$ne": None}]
UNKNOWN = {"nothing", "id", "author.id", "password_hash", "__proto__", "$where", ""}
TYPES = [
    "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
    "application/json; charset=latin-1", "application/json; charset=utf-16", "application/problem+json", "json",
]  # fmt: skip


def send_everywhere(world: World, body: bytes, **options: object) -> Iterator[Outcome]:
    """Send the bytes to each operation with a body."""
    for method, path, _ in bodies(world.document):
        sent = {"data": body, "content_type": JSON, **options}
        yield None, world.admin.request(method, world.fill(path), **sent)


@case("Invalid JSON: empty, truncated, trailing comma or data, numbers such as `01`, `+1` and `1_0`")
def _invalid_json(world: World) -> Iterator[Outcome]:
    for body in INVALID_JSON:
        yield from send_everywhere(world, body)


@case("Invalid UTF-8, or another encoding")
def _not_utf8(world: World) -> Iterator[Outcome]:
    for body in NOT_UTF8:
        yield from send_everywhere(world, body)


@case("Byte order mark")
def _byte_order_mark(world: World) -> Iterator[Outcome]:
    yield from send_everywhere(world, b'\xef\xbb\xbf{"title": "x", "content": ""}')


@case("Lone surrogate, such as `\\ud800`, in a string or key")
def _surrogate(world: World) -> Iterator[Outcome]:
    for body in (b'{"title": "\\ud800"}', b'{"title": "\\udc00\\ud800"}', b'{"\\ud800": 1}'):
        yield from send_everywhere(world, body)


@case("`NaN`, `Infinity`, and numbers that overflow a float")
def _infinite(world: World) -> Iterator[Outcome]:
    for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" + b"0" * 5000):
        yield from send_everywhere(world, b'{"title": ' + number + b"}")


@case("100,000 nested brackets, closed or not")
def _nested(world: World) -> Iterator[Outcome]:
    for body in (b"[" * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP, b'{"title":' + b"[" * DEEP):
        yield from send_everywhere(world, body)


@case("List, string, number, boolean or null instead of an object")
def _not_an_object(world: World) -> Iterator[Outcome]:
    for body in (b"[]", b'"x"', b"7", b"true", b"null", b"[{}]"):
        yield from (("", reply) for _, reply in send_everywhere(world, body))


@case("Missing or unsupported `Content-Type` or charset")
def _content_type(world: World) -> Iterator[Outcome]:
    for content_type in (None, *TYPES):
        yield from send_everywhere(world, b"{}", content_type=content_type)


@case("Compressed body (`Content-Encoding`)")
def _content_encoding(world: World) -> Iterator[Outcome]:
    for encoding in ("gzip", "br", "deflate", "x", "identity, gzip"):
        yield from send_everywhere(world, b"{}", headers={"Content-Encoding": encoding})


@case("Body of 10 MB, nearly all of it one string")
def _large(world: World) -> Iterator[Outcome]:
    # One per operation: the body is rejected by its length, whatever the field.
    for field in {(field.method, field.path): field for field in fields(world.document)}.values():
        yield None, field.send(world, "x" * 10_000_000)


@case("Unknown field")
def _unknown(world: World) -> Iterator[Outcome]:
    for method, path, schema in bodies(world.document):
        for name in UNKNOWN - schema["properties"].keys():
            reply = world.admin.request(method, world.fill(path), json={name: {"$gt": ""}})
            yield f"/{name}", reply


@case("Duplicate key in an object")
def _repeated(world: World) -> Iterator[Outcome]:
    body = b'{"title": "first", "title": "last", "content": ""}'
    reply = world.ada.request("POST", "/posts", data=body, content_type=JSON)
    assert members(reply)["title"] == "last"
    yield None, reply


@case("Missing required field")
def _missing(world: World) -> Iterator[Outcome]:
    for method, path, schema in bodies(world.document):
        for name in schema.get("required", ()):
            yield f"/{name}", world.admin.request(method, world.fill(path), json={})


@case("`null` for a field that is not nullable")
def _null(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if not field.schema["nullable"]:
            yield field.pointer, field.send(world, None)


@case("Number for a field of another type")
def _number(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if field.schema["type"] != "integer":
            for number in NUMBERS:
                value = float(number) if set(number) & set(".e") else int(number)
                yield field.pointer, field.send(world, value)


@case('Integer out of range, or not an integer: 0, -1, 2^63, 0.5, `"1"`, true')
def _range(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        if field.schema["type"] == "integer":
            for value in INVALID_INTEGERS:
                yield field.pointer, field.send(world, value)


@case("List or object instead of a single value, text instead of a list")
def _structure(world: World) -> Iterator[Outcome]:
    for field in fields(world.document):
        for value in STRUCTURES:
            takes_objects = "or_object" in field.schema or field.schema["type"] == "object"
            if not (isinstance(value, dict) and takes_objects):
                yield field.pointer, field.send(world, value)
    for method, path in (("POST", "/posts"), ("PATCH", f"/posts/{world.post['id']}")):
        body = {"title": "x", "content": "", "tags": "python"}
        yield "/tags", world.ada.request(method, path, json=body)


@case("Too many items in a list, of any type")
def _long_list(world: World) -> Iterator[Outcome]:
    for field in list_fields(world.document):
        for item in ITEMS:
            reply = field.send(world, [item] * (field.schema["maxItems"] + 1))
            assert len(members(reply)["errors"]) == 1
            yield field.pointer, reply


@case("More than 100 errors")
def _many_faults(world: World) -> Iterator[Outcome]:
    reply = world.ada.post(
        "/posts/bulk", {"operations": [{"op": "create", "data": {"titel": "", "text": ""}}] * 100}
    )
    problem = members(reply)
    assert len(problem["errors"]) == 100
    assert problem["detail"].endswith("(And 199 more.)")
    yield "/operations/0/data/titel", reply
