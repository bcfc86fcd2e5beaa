"""Query strings and paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from blog_api.paging.cursors import Cursor
from tests.http import ask
from tests.inputs.cases import Outcome, World, case, members, operations, parameters

INVALID_NUMBERS = ["01", "+1", "%2B1", "-1", "1_0", "1.0", "1e1", "0x1", "%201", "1%20", "٣", "１", "²", "x", "",
              "1%00", "NaN",
              "Infinity", str(2**63), str(10**30), "9" * 5000, "null", "[]"]  # fmt: skip
INVALID_IDS = ["0", "01", "+1", "-1", "1_0", "1.0", "٣", "１", "1%00", "%FF", "x", "NaN", "null", "[]",
          str(2**63), str(10**30),
          "9" * 4000]  # fmt: skip
NOT_UTF8 = ["%ff", "%C3", "%ED%A0%80", "%FE%FF%00a", "%c0%af"]


def integer_parameters(world: World) -> Iterator[tuple[str, str, str]]:
    """Yield the method, path and name of each integer query parameter."""
    for method, path, name, schema in parameters(world.document, "query"):
        if schema["type"] == "integer":
            yield method, world.fill(path), name


def string_parameters(world: World) -> Iterator[tuple[str, str, str, int]]:
    """Yield the method, path, name and maximum length of each string query parameter that takes letters."""
    for method, path, name, schema in parameters(world.document, "query"):
        takes_letters = re.search(schema.get("pattern", ""), "a1") and schema.get("format") != "date-time"
        if schema["type"] == "string" and "enum" not in schema and takes_letters:
            yield method, world.fill(path), name, schema["maxLength"]


@case("Query number that is not a plain decimal: `01`, `+1`, `1.0`, `1e1`, Arabic digits, 2^63, NaN, empty")
def _invalid_number(world: World) -> Iterator[Outcome]:
    for method, path, name in integer_parameters(world):
        for value in INVALID_NUMBERS:
            yield name, world.admin.request(method, f"{path}?{name}={value}")


@case("Limit of 0, 101, 2^31 or below 0")
def _limit(world: World) -> Iterator[Outcome]:
    for path in ("/posts", "/users", "/tags"):
        for value in (0, 101, 2**31, 2**63 - 1, -1):
            yield "limit", world.admin.get(f"{path}?limit={value}")


@case("Offset past the end of the list: 2^31, 2^63 - 1")
def _offset(world: World) -> Iterator[Outcome]:
    for path in ("/posts", "/users", "/tags"):
        for value in (2**31, 2**63 - 1):
            reply = world.admin.get(f"{path}?offset={value}")
            assert members(reply)["data"] == []
            yield None, reply


@case("NUL in a parameter")
def _nul(world: World) -> Iterator[Outcome]:
    for method, path, name, _ in parameters(world.document, "query"):
        for value in ("%00", "a%00", "a%00b"):
            yield name, world.admin.request(method, f"{world.fill(path)}?{name}={value}")


@case("Query that is not UTF-8: invalid bytes, UTF-16, encoded surrogates")
def _not_utf8(world: World) -> Iterator[Outcome]:
    for method, path, _ in operations(world.document):
        for value in NOT_UTF8:
            for query in (value, f"limit={value}"):
                yield None, world.admin.request(method, f"{world.fill(path)}?{query}")


@case("Unknown parameter, including `filter[...]`, `include` and dotted names")
def _unknown(world: World) -> Iterator[Outcome]:
    for path in ("/posts", "/users", "/tags", "/users/me", f"/posts/{world.post['id']}"):
        for name in (
            "x",
            "filter[author][password]",
            "include",
            "author.email",
            "populate",
            "_method",
            "limit[]",
        ):
            yield name, world.admin.get(path, query_string=[(name, "1")])


@case("Private, nested or unknown name in `sort` or `fields`")
def _private(world: World) -> Iterator[Outcome]:
    for path, name in (("/posts", "sort"), ("/posts", "fields"), ("/users", "sort"), ("/tags", "sort")):
        for value in (
            "password_hash",
            "author.email",
            "email",
            "deleted_at",
            "author_id",
            "version",
            "TITLE",
            "--title",
            "",
        ):
            yield name, world.admin.get(path, query_string={name: value})


@case("Single-value parameter given twice")
def _repeated(world: World) -> Iterator[Outcome]:
    for path, name in (("/posts", "limit"), ("/posts", "sort"), ("/tags", "cursor"), ("/users", "total")):
        yield name, world.client.get(f"/api/v1{path}?{name}=1&{name}=1")


@case("Query text one character over the maximum")
def _too_long(world: World) -> Iterator[Outcome]:
    for method, path, name, maximum in string_parameters(world):
        if maximum < 7000:
            yield name, world.admin.request(method, f"{path}?{name}={'a' * (maximum + 1)}")


@case("Query text of maximum length")
def _maximum(world: World) -> Iterator[Outcome]:
    for method, path, name, maximum in string_parameters(world):
        if name != "cursor":
            yield None, world.admin.request(method, f"{path}?{name}={'a' * maximum}", json={})


@case("Search (`q`) for more than 20 words, with those of phrases and excluded ones")
def _many_words(world: World) -> Iterator[Outcome]:
    words = [f"w{number}" for number in range(21)]
    for q in (" ".join(words), "-".join(words), f'"{" ".join(words)}"', f"w {' -'.join(words)}"):
        yield "q", world.client.get("/api/v1/posts", query_string={"q": q})


@case("`%`, `_` and `\\` in a search")
def _search(world: World) -> Iterator[Outcome]:
    titles = ["50% off", "50 percent off", "snake_case", "snakecase", "back\\slash", "backslash", "plain"]
    for title in titles:
        world.ada.write(title)
    for word in ("%", "_", "\\", "50%", "e_c", "k\\s", "%%", "\\%", "\\_", "'"):
        reply = world.client.get(f"/api/v1/posts?title_contains={quote(word)}")
        assert {post["title"] for post in members(reply)["data"]} == {
            title for title in titles if word in title
        }
        yield None, reply


@case("Search for content with invalid character references, such as one of 5,000 digits")
def _references(world: World) -> Iterator[Outcome]:
    for written in ("&#" + "9" * 5000 + ";", "&#x" + "f" * 5000 + ";", "&#" + "0" * 5000, "&nosuch;", "&#;"):
        world.ada.write(content=f"zebra {written}")
    reply = world.client.get("/api/v1/posts?q=zebra")
    assert len(members(reply)["data"]) == 5
    yield None, reply


@case("Cursor that is forged, truncated, or from another list, sort or filter")
def _cursor(world: World) -> Iterator[Outcome]:
    for number in range(3):
        world.ada.write(f"Post {number}")
    good = members(world.client.get("/api/v1/posts?limit=1"))["pagination"]["next_cursor"]
    forged = [good[:-1], good[1:], good + "A", good.upper(), "x", "null", "W10", "bnVsbA", "%FF"[:2],
                              "a" * 6000,
              Cursor("x", 1).encode("scope"), Cursor(1, 1).encode("scope"), "=" * 5,
              "../../etc/passwd"]  # fmt: skip
    for path in ("/posts", "/users", "/tags", "/posts?sort=title", "/posts?author=ada"):
        joint = "&" if "?" in path else "?"
        for cursor in forged + ([good] if path != "/posts" else []):
            yield "cursor", world.client.get(f"/api/v1{path}{joint}cursor={quote(cursor)}")


@case("Cursor together with an offset")
def _together(world: World) -> Iterator[Outcome]:
    world.ada.write("Another")
    good = members(world.client.get("/api/v1/posts?limit=1"))["pagination"]["next_cursor"]
    yield "offset", world.client.get(f"/api/v1/posts?cursor={good}&offset=1")


@case("Invalid id in a path: 0, `01`, `+1`, Arabic digits, 2^63, NUL, invalid UTF-8")
def _invalid_id(world: World) -> Iterator[Outcome]:
    for method, path, name, schema in parameters(world.document, "path"):
        if schema["type"] == "integer":
            for value in INVALID_IDS:
                address = path.replace(f"{{{name}}}", value).removeprefix("/api/v1")
                yield None, world.admin.request(method, address, json={})


@case("Id that does not exist: 2^31, 2^63 - 1")
def _missing_row(world: World) -> Iterator[Outcome]:
    for method, path, name, schema in parameters(world.document, "path"):
        if schema["type"] == "integer" and method in ("GET", "DELETE"):
            for value in (2**31, 2**63 - 1):
                address = path.replace(f"{{{name}}}", str(value)).removeprefix("/api/v1")
                yield None, world.admin.request(method, address)


@case("Invalid slug in a path: NUL, invalid UTF-8, dots, upper case, other scripts")
def _invalid_slug(world: World) -> Iterator[Outcome]:
    for slug in (
        "%00",
        "a%00b",
        "%ff",
        "%ED%A0%80",
        "%2e%2e",
        "..",
        "a%2Fb",
        "a%5Cb",
        "%0a",
        "HELLO",
        "%C3%A4",
        "a--b",
        "a_b",
        "-",
    ):
        yield None, world.client.get(f"/api/v1/posts/slug/{slug}")


@case(
    "Unknown path, or another spelling of a known one: `//`, `/./`, `%2e`, `%70`, `;x`, upper case, trailing slash"
)
def _unknown_path(world: World) -> Iterator[Outcome]:
    for path in ("/nothing", "/api/v1/", "/api", "/api/v1/posts/", "//api/v1/posts", "/api//v1/posts",
                 "/api/v1/./posts", "/API/v1/posts",
                 "/api/v1/%2e/posts", "/api/v1/posts;x", "/api/v1/posts%20", "/api/v1/posts%00",
                 "/api/v1/%2e%2e/v1/posts"):  # fmt: skip
        yield None, world.client.get(path)
    # The test client decodes these.
    for path in ("/api/v1/%70osts", "/api/v1/%50osts", "/%61pi/v1/posts", "/api%2fv1/posts", "/api%2Fv1/posts",
                 "/api/v1/posts/%31", "/api/v1/users/%6de", "/api/v1/posts%3flimit=1", "/health%2Flive",
                 "/openapi%2Ejson", "http://blog.example/api/v1/%70osts"):  # fmt: skip
        yield None, ask(world.url, "GET", path)


@case("Method that the path does not support")
def _method(world: World) -> Iterator[Outcome]:
    known: dict[str, set[str]] = {}
    for method, path, _ in operations(world.document):
        known.setdefault(path, set()).add(method)
    for path, methods in known.items():
        allowed = methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"} - methods:
            reply = world.admin.request(method, world.fill(path), headers={"X-HTTP-Method-Override": "GET"})
            if reply.status_code == 405:
                assert set(reply.headers["Allow"].split(", ")) >= allowed, (method, path)
            yield None, reply
