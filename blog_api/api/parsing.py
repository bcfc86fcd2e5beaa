"""Reading the input: strict JSON, closed query strings, and every error with the place that it is about."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIEnvironment

import orjson
from flask import Flask, Request, g, request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from blog_api.context import restart_deadline
from blog_api.problems import (
    BadRequest,
    ContentTooLarge,
    Fault,
    HeadersTooLarge,
    InvalidInput,
    Problem,
    UnsupportedMediaType,
    UriTooLong,
)

MAX_BODY = 8 * 1024 * 1024
# All below what gunicorn takes (gunicorn.conf.py), so that it is this service that answers.
MAX_PATH = 4096
MAX_ADDRESS = 8000
MAX_HEADERS = 100
MAX_HEADER_BYTES = 16_000
# How many query strings are remembered with what they mean, a kilobyte each, and up to which length.
QUERY_CACHE_SIZE, MAX_CACHED_QUERY = 2000, 500
# What is another one in each request, as this service writes it.
_CURSOR = re.compile(rb"(?:^|&)cursor=([A-Za-z0-9_-]+)(?=&|$)")


class Parser(FlaskParser):
    """webargs with this project's answers. Input is closed: what a schema does not know is an error."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": None, "querystring": None}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # The addresses of a blog's lists are few, and each means the same whenever it is asked for.
        self._cached_query = lru_cache(QUERY_CACHE_SIZE)(self._read_query)

    def parse(
        self, argmap: Any, req: Request | None = None, *, location: str | None = None, **options: Any
    ) -> Any:
        """As webargs does it. What a query string means is remembered."""
        query = request.query_string
        if location != "query" or len(query) > MAX_CACHED_QUERY:
            return super().parse(argmap, req, location=location, **options)
        found = _CURSOR.findall(query)
        if len(found) == 1 and hasattr(argmap, "at_cursor"):
            # Each page has another cursor, but what stands beside it was often seen before. All that is wrong is told
            # by the reading of the whole.
            with contextlib.suppress(Problem, ValidationError):
                beside = self._cached_query(argmap, _CURSOR.sub(b"", query).strip(b"&"))
                return argmap.at_cursor(beside, found[0].decode())
        # A copy, for views that take something out of it.
        return dict(self._cached_query(argmap, query))

    def _read_query(self, schema: Schema, query: bytes) -> Any:
        return super().parse(schema, Request({"QUERY_STRING": query.decode("latin-1")}), location="query")

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body. Raises UnsupportedMediaType, ContentTooLarge or BadRequest where it cannot be read."""
        if req.mimetype != "application/json":
            raise UnsupportedMediaType("Send the body as JSON, with Content-Type: application/json.")
        if req.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding.")
        if req.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("Send the body in UTF-8.")
        try:
            return orjson.loads(g.body)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"The body is not valid JSON in UTF-8: {error}.") from error

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The query parameters; one that takes one value must be given once."""
        _check_utf8(req)
        lists = _list_parameters(schema)
        given = req.args.to_dict(flat=False)
        if repeated := [name for name, values in given.items() if len(values) > 1 and name not in lists]:
            raise InvalidInput(
                faults=[Fault("Give this parameter once.", "repeated", parameter=name) for name in repeated]
            )
        return {name: values if name in lists else values[0] for name, values in given.items()}

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **kwargs: Any) -> NoReturn:
        """Raise InvalidInput with a fault for each message."""
        (location, messages), *_ = error.messages_dict.items()
        raise InvalidInput(faults=faults_from(messages, in_body=location == "json")) from error


@lru_cache
def _list_parameters(schema: Schema) -> frozenset[str]:
    """The parameters that may be given several times."""
    return frozenset(MultiDictProxy({}, schema).multiple_keys)


def check_head(environ: WSGIEnvironment) -> None:
    """Raise UriTooLong or HeadersTooLarge where the head of the request is larger than any client needs."""
    address = str(environ.get("RAW_URI", ""))
    if len(address) > MAX_ADDRESS or len(address.partition("?")[0]) > MAX_PATH:
        raise UriTooLong(f"A path has at most {MAX_PATH} bytes, and {MAX_ADDRESS} with its query.")
    sizes = [len(name) - 5 + len(text) for name, text in environ.items() if name[:5] == "HTTP_"]
    if len(sizes) > MAX_HEADERS or sum(sizes) > MAX_HEADER_BYTES:
        raise HeadersTooLarge(f"There are at most {MAX_HEADERS} headers, of {MAX_HEADER_BYTES} bytes in all.")


def read_body(req: Request) -> bytes:
    """All of the body; the deadline of the request counts from its end.

    Raises ContentTooLarge past MAX_BODY, however it is framed, BadRequest where that is broken.
    """
    too_large = ContentTooLarge(f"A body has at most {MAX_BODY} bytes.")
    if (req.content_length or 0) > MAX_BODY:
        raise too_large
    body = bytearray()
    # One read may give less than was asked for, and a chunked body does not tell its length.
    while chunk := _read_chunk(req, MAX_BODY + 1 - len(body)):
        body += chunk
        if len(body) > MAX_BODY:
            raise too_large
    if req.content_length is not None and len(body) < req.content_length:
        raise BadRequest("The body is shorter than its Content-Length.")
    # How long the client took for it is not the fault of what follows.
    restart_deadline()
    return bytes(body)


def _read_chunk(req: Request, size: int) -> bytes:
    try:
        return req.stream.read(size)
    except Exception as error:
        # Each server has its own errors for a chunk that is none, or a client that has gone.
        raise BadRequest("The body is broken off, or its chunks are malformed.") from error


def reject_query(req: Request) -> None:
    """Raise InvalidInput where parameters are sent to a route that takes none."""
    if not req.query_string:
        return
    _check_utf8(req)
    if req.args:
        raise InvalidInput(
            faults=[Fault("This route takes no parameters.", "unknown", parameter=n) for n in req.args]
        )


def _check_utf8(req: Request) -> None:
    try:
        unquote_to_bytes(req.query_string).decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The query string is not UTF-8.") from error


def faults_from(messages: Any, *, in_body: bool, path: str = "") -> Iterator[Fault]:
    """A fault for each message in the nested messages of marshmallow, with where it is about."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            if name == "_schema":
                yield from faults_from(inner, in_body=in_body, path=path)
            elif in_body or not path:
                # RFC 6901, section 3; a parameter has one name, whatever is wrong within.
                part = str(name).replace("~", "~0").replace("/", "~1") if in_body else str(name)
                yield from faults_from(inner, in_body=in_body, path=f"{path}/{part}" if in_body else part)
            else:
                yield from faults_from(inner, in_body=in_body, path=path)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        code = getattr(message, "code", "invalid")
        yield Fault(str(message), code, path) if in_body else Fault(str(message), code, parameter=path)


def init_app(app: Flask) -> None:
    """Look at the head of each request before anything else does."""
    app.before_request(lambda: check_head(request.environ))
