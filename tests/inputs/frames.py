"""HTTP framing: raw bytes sent to the running service over a socket."""

from __future__ import annotations

import json
from collections.abc import Iterator

from blog_api.api.parsing import MAX_BODY
from blog_api.api.request_head import MAX_HEADER_BYTES, MAX_HEADERS, MAX_PATH, MAX_URI
from tests.http import Reply, exchange
from tests.inputs.cases import Outcome, World, case

BODY = json.dumps({"title": "Framed", "content": ""}).encode()


def request(
    world: World, *headers: str, body: bytes = b"", line: str = "POST /api/v1/posts HTTP/1.1"
) -> Reply:
    """Send a request and close the sending side. A POST gets a token and a Content-Type."""
    usual = [f"Authorization: {world.ada.headers['Authorization']}", "Content-Type: application/json"]
    lines = [line, "Host: blog.example", *(usual if line.startswith("POST") else []), *headers]
    return exchange(world.url, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def get(world: World, path: str = "/api/v1/posts", *headers: str) -> Reply:
    return request(world, *headers, line=f"GET {path} HTTP/1.1")


def chunked(world: World, body: bytes) -> Reply:
    return request(world, "Transfer-Encoding: chunked", body=body)


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@case("Chunked body, with trailers and chunk extensions")
def _chunks(world: World) -> Iterator[Outcome]:
    parts = b"".join(chunk(BODY[start : start + 5]) for start in range(0, len(BODY), 5))
    yield None, chunked(world, parts + b"0\r\n\r\n")
    yield None, chunked(world, parts + b"0\r\nX-Sum: 1\r\n\r\n")
    yield None, chunked(world, b"%x;name=value\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n")


@case("Malformed chunks: missing or invalid size, missing line break, broken trailer")
def _malformed(world: World) -> Iterator[Outcome]:
    for start in (b"\r\n", b"x\r\n", b"-5\r\n", b"0x5\r\n", b"+5\r\n", b"5_0\r\n", b"5 5\r\n", b"5;\x00\r\n"):
        yield None, chunked(world, start + BODY + b"\r\n0\r\n\r\n")
    yield None, chunked(world, chunk(BODY)[:-2] + b"XX0\r\n\r\n")
    yield None, chunked(world, chunk(BODY) + b"0\r\nno trailer\r\n\r\n")


@case("Truncated chunked body")
def _cut_off(world: World) -> Iterator[Outcome]:
    whole = chunk(BODY) + b"0\r\n\r\n"
    for end in (0, 1, 3, 10, len(whole) - 7, len(whole) - 5, len(whole) - 2):
        yield None, chunked(world, whole[:end])


@case("Body shorter than its `Content-Length`")
def _short(world: World) -> Iterator[Outcome]:
    for missing in (1, 5, 100_000):
        yield None, request(world, f"Content-Length: {len(BODY) + missing}", body=BODY)


@case("Body longer than its `Content-Length`")
def _long(world: World) -> Iterator[Outcome]:
    yield (
        None,
        request(world, f"Content-Length: {len(BODY)}", "Connection: close", body=BODY + b"GET / HTTP/1.1"),
    )


@case("Body of 8 MB, chunked or not")
def _largest(world: World) -> Iterator[Outcome]:
    body = BODY + b" " * (MAX_BODY - len(BODY))
    yield None, request(world, f"Content-Length: {len(body)}", body=body)
    yield None, chunked(world, chunk(body) + b"0\r\n\r\n")


@case("Body one byte over 8 MB, chunked or not")
def _too_large(world: World) -> Iterator[Outcome]:
    yield None, request(world, f"Content-Length: {MAX_BODY + 1}")
    yield None, request(world, f"Content-Length: {10**30}")
    body = BODY + b" " * (MAX_BODY + 1 - len(BODY))
    yield None, chunked(world, chunk(body) + b"0\r\n\r\n")


@case("POST without `Content-Length` and without chunks")
def _missing_length(world: World) -> Iterator[Outcome]:
    yield None, request(world)


@case("Invalid or repeated `Content-Length`, or one beside `Transfer-Encoding`; other transfer encodings")
def _ambiguous(world: World) -> Iterator[Outcome]:
    for headers in (
        ["Content-Length: -1"], ["Content-Length: +5"], ["Content-Length: 5_0"], ["Content-Length: 0x10"],
        ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5, 5"],
        ["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: identity"],
        ["Transfer-Encoding: gzip"], ["Transfer-Encoding: chunked, chunked"],
        ["Transfer-Encoding: gzip, chunked"], ["Transfer-Encoding: GZIP", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: identity, chunked"], ["Transfer-Encoding: x"], ["Transfer-Encoding: deflate, chunked"],
    ):  # fmt: skip
        yield None, request(world, *headers, body=chunk(BODY) + b"0\r\n\r\n")


@case("Malformed request line or header: control characters, spaces, non-ASCII path")
def _bytes(world: World) -> Iterator[Outcome]:
    for line in ("GET /api/v1/\xe4 HTTP/1.1", "GET /api/v1/a b HTTP/1.1", "get /api/v1/posts HTTP/1.1",
                 "GET  /", "GET / HTTP/9",
                 "GET /api/v1/\x01 HTTP/1.1"):  # fmt: skip
        yield None, request(world, line=line)
    for header in (
        "X-A: \x00",
        "X A: 1",
        "X-A : 1",
        ": 1",
        "no colon",
        "X-A: 1\r\n folded",
        "Host: other.example",
    ):
        yield None, get(world, "/api/v1/posts", header)


@case("Path over 4,096 bytes, or URL over 8,000")
def _path(world: World) -> Iterator[Outcome]:
    for path in (f"/{'a' * 5000}", f"/api/v1/posts/slug/{'a' * (MAX_PATH - 18)}", f"/{'%41' * 1400}"):
        yield None, get(world, path)
    address = "/api/v1/posts?title_contains="
    yield None, get(world, address + "a" * (MAX_URI + 1 - len(address)))


@case("More than 100 headers, or over 16,000 bytes of headers")
def _headers(world: World) -> Iterator[Outcome]:
    yield None, get(world, "/api/v1/posts", *(f"X-{n}: 1" for n in range(MAX_HEADERS)))
    yield None, get(world, "/api/v1/posts", f"X-Long: {'a' * MAX_HEADER_BYTES}")
    yield None, get(world, "/api/v1/posts", *(f"Cookie: {'a' * 8000}" for _ in range(2)))
    yield None, get(world, "/nothing", *(f"X-{n}: {'a' * 300}" for n in range(60)))


@case("100 headers, or one of 15,000 bytes")
def _many_headers(world: World) -> Iterator[Outcome]:
    yield None, get(world, "/api/v1/posts", *(f"X-{n}: 1" for n in range(MAX_HEADERS - 1)))
    yield None, get(world, "/api/v1/posts", f"Cookie: {'a' * 15_000}")


@case("Request line over 8,190 bytes")
def _line(world: World) -> Iterator[Outcome]:
    yield None, get(world, f"/{'a' * 8190}")


@case("More than 200 headers, or one over 16,380 bytes")
def _beyond(world: World) -> Iterator[Outcome]:
    yield None, get(world, "/api/v1/posts", *(f"X-{n}: 1" for n in range(201)))
    yield None, get(world, "/api/v1/posts", f"X-Long: {'a' * 16_380}")


@case("`Expect: 100-continue`")
def _expect(world: World) -> Iterator[Outcome]:
    yield None, request(world, "Expect: 100-continue", f"Content-Length: {len(BODY)}", body=BODY)


@case("Any other `Expect`")
def _other_expectations(world: World) -> Iterator[Outcome]:
    for value in ("x", "100-continue, x", "200-ok", ""):
        yield None, request(world, f"Expect: {value}", f"Content-Length: {len(BODY)}", body=BODY)


@case("HTTP/1.0, another host name, or a full URL in the request line")
def _old_requests(world: World) -> Iterator[Outcome]:
    yield None, exchange(world.url, b"GET /api/v1/posts HTTP/1.0\r\n\r\n")
    for scheme in ("http", "https", "HTTP"):
        yield None, get(world, f"{scheme}://elsewhere.example:81/api/v1/posts?limit=1")
    for host in ("elsewhere.example", "elsewhere.example:81", "[::1]:8000", "127.0.0.1", ""):
        yield None, exchange(world.url, f"GET /api/v1/posts HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


@case("Request target that is neither a path nor an http URL; fragment")
def _targets(world: World) -> Iterator[Outcome]:
    for target in ("*", "api/v1/posts", "elsewhere.example:443", "ftp://elsewhere.example/api/v1/posts",
                   "http:/api/v1/posts",
                   "http:///api/v1/posts", "http://ada@elsewhere.example/api/v1/posts", "?limit=1", "#",
                   "/api/v1/posts#top", "/api/v1/posts?limit=1#top", "mailto:ada@example.com"):  # fmt: skip
        yield None, get(world, target)


@case("Missing `Host` in HTTP/1.1, or a malformed one")
def _hosts(world: World) -> Iterator[Outcome]:
    yield None, exchange(world.url, b"GET /api/v1/posts HTTP/1.1\r\n\r\n")
    for host in ("a b<>", "a/b", "ada@elsewhere.example", "elsewhere.example:x", "[::1", "a\xe4", "a,b, c"):
        yield (
            None,
            exchange(world.url, f"GET /api/v1/posts HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")),
        )


@case("Any bytes in `User-Agent`, `Cookie`, `Accept`, `Range`, `X-Request-ID`")
def _any_bytes(world: World) -> Iterator[Outcome]:
    for name in (
        "User-Agent",
        "Cookie",
        "Accept",
        "Range",
        "X-Request-ID",
        "Accept-Language",
        "Origin",
    ):
        for value in ("\xff\xfe", "%00", "\xed\xa0\x80", '"', "a" * 1000, "=;=,;", "bytes=99-1"):
            yield None, get(world, "/api/v1/posts", f"{name}: {value}")


@case("`Authorization` that is not a valid bearer token")
def _token(world: World) -> Iterator[Outcome]:
    for value in (
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer \xff",
        "Bearer a.b.c",
        f"Bearer {'a' * 8000}",
        "Token x",
    ):
        yield None, get(world, "/api/v1/posts", f"Authorization: {value}")


@case("Malformed `Idempotency-Key`, `If-Match` or `If-None-Match`")
def _keys(world: World) -> Iterator[Outcome]:
    for key in ("a b", "a" * 256, "\xff", "a,b", ""):
        yield None, request(world, f"Idempotency-Key: {key}", f"Content-Length: {len(BODY)}", body=BODY)
    path = f"/api/v1/posts/{world.post['id']}"
    for tag in ("1", '"1', "\xff", '"1" "2" x', ""):
        token = f"Authorization: {world.ada.headers['Authorization']}"
        yield None, request(world, token, f"If-Match: {tag}", line=f"DELETE {path} HTTP/1.1")
        yield None, get(world, path, f"If-None-Match: {tag}")
