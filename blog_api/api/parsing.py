"""Parse requests: strict JSON, strict query strings, and errors that point to the invalid field or parameter."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

import orjson
from flask import Request, g, request
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from blog_api.api.merge_patch import MERGE_PATCH, body_types, prepare_merge_patch
from blog_api.context import exchange, restart_deadline
from blog_api.problems import (
    BadRequest,
    ContentTooLarge,
    Fault,
    InvalidInput,
    Problem,
    UnsupportedMediaType,
)
from blog_api.schemas.base import Schema as StrictSchema
from blog_api.schemas.dry_runs import with_dry_run

MAX_BODY = 8 * 1024 * 1024
# Size of the cache of parsed query strings, about 1 kB each, and the longest query string to cache.
QUERY_CACHE_SIZE, MAX_CACHED_QUERY = 2000, 500
# The cursor differs in each request. The pattern matches cursors as this service encodes them.
_CURSOR = re.compile(rb"(?:^|&)cursor=([A-Za-z0-9_-]+)(?=&|$)")

_NO_PARAMETERS = StrictSchema()


class Parser(FlaskParser):
    """The webargs parser with this project's errors. Unknown fields and parameters are rejected."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": None, "querystring": None, "files": None}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # The lists of a blog are requested with few distinct query strings, and parsing them is deterministic.
        self._cached_query = lru_cache(QUERY_CACHE_SIZE)(self._read_query)

    def parse(
        self, argmap: Any, req: Request | None = None, *, location: str | None = None, **options: Any
    ) -> Any:
        """Parse the request as webargs does. Parsed query strings are cached."""
        if location == "query" and exchange.dry_run is not None:
            argmap = with_dry_run(argmap)
        query = request.query_string
        if location != "query" or len(query) > MAX_CACHED_QUERY:
            return super().parse(argmap, req, location=location, **options)
        found = _CURSOR.findall(query)
        if len(found) == 1 and hasattr(argmap, "at_cursor"):
            # Every page has a different cursor, so look up the query string without it. On errors, fall through and
            # parse the whole query string, which reports them.
            with contextlib.suppress(Problem, ValidationError):
                others = self._cached_query(argmap, _CURSOR.sub(b"", query).strip(b"&"))
                return argmap.at_cursor(others, found[0].decode())
        # Copy, because views can modify it.
        return dict(self._cached_query(argmap, query))

    def reject_query(self, req: Request) -> None:
        """Raise InvalidInput if the request has query parameters, except `dry_run` if its route has dry runs."""
        if not req.query_string:
            return
        if exchange.dry_run is not None:
            self.parse(_NO_PARAMETERS, req, location="query")
            return
        _check_utf8(req)
        if req.args:
            raise InvalidInput(
                faults=[Fault("This route takes no parameters.", "unknown", parameter=n) for n in req.args]
            )

    def _read_query(self, schema: Schema, query: bytes) -> Any:
        return super().parse(schema, Request({"QUERY_STRING": query.decode("latin-1")}), location="query")

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the parsed JSON body. Raises UnsupportedMediaType or BadRequest."""
        types = body_types(req.method)
        if req.mimetype not in types:
            raise UnsupportedMediaType(f"Send the body as JSON, with Content-Type: {' or '.join(types)}.")
        reject_encoding(req)
        if req.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType("Send the body in UTF-8.")
        try:
            body = orjson.loads(g.body)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"The body is not valid UTF-8 JSON: {error}.") from error
        return prepare_merge_patch(body, schema) if req.mimetype == MERGE_PATCH else body

    def load_files(self, req: Request, schema: Schema) -> Any:
        """Return the fields of the form, files and texts."""
        return g.form

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the query parameters. Raises InvalidInput if a single-valued parameter is repeated."""
        _check_utf8(req)
        lists = _list_parameters(schema)
        given = req.args.to_dict(flat=False)
        single = schema.load_fields.keys() - lists
        if repeated := [name for name, values in given.items() if len(values) > 1 and name in single]:
            raise InvalidInput(
                faults=[
                    Fault("Specify this parameter only once.", "repeated", parameter=name)
                    for name in repeated
                ]
            )
        return {name: values if name in lists else values[0] for name, values in given.items()}

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **kwargs: Any) -> NoReturn:
        """Raise InvalidInput with one fault per error message."""
        (location, messages), *_ = error.messages_dict.items()
        raise InvalidInput(faults=faults_from(messages, in_body=location != "query")) from error


@lru_cache
def _list_parameters(schema: Schema) -> frozenset[str]:
    """Return the names of parameters that can be repeated."""
    return frozenset(MultiDictProxy({}, schema).multiple_keys)


def read_body(req: Request) -> bytes:
    """Read the whole body, and restart the deadline of the request.

    Raises ContentTooLarge for more than MAX_BODY bytes, chunked or not, and BadRequest if the body is incomplete or
    its chunks are malformed.
    """
    too_large = ContentTooLarge(f"The body is limited to {MAX_BODY} bytes.")
    if (req.content_length or 0) > MAX_BODY:
        raise too_large
    body = bytearray()
    # A read can return less than requested, and the length of a chunked body is unknown.
    while chunk := _read_chunk(req, MAX_BODY + 1 - len(body)):
        body += chunk
        if len(body) > MAX_BODY:
            raise too_large
    if req.content_length is not None and len(body) < req.content_length:
        raise BadRequest("The body is shorter than its Content-Length.")
    # The time that the client took to send the body does not count.
    restart_deadline()
    return bytes(body)


def _read_chunk(req: Request, size: int) -> bytes:
    try:
        return req.stream.read(size)
    except Exception as error:
        # Each WSGI server has its own exceptions for malformed chunks and disconnected clients.
        raise BadRequest("The body is incomplete, or its chunks are malformed.") from error


def reject_encoding(req: Request) -> None:
    """Raise UnsupportedMediaType if the body is compressed."""
    if req.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body unencoded, without Content-Encoding.")


def _check_utf8(req: Request) -> None:
    try:
        unquote_to_bytes(req.query_string).decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The query string must be UTF-8.") from error


def faults_from(messages: Any, *, in_body: bool, path: str = "") -> Iterator[Fault]:
    """Convert the nested error messages of marshmallow to faults, each with its location."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            if name == "_schema":
                yield from faults_from(inner, in_body=in_body, path=path)
            elif in_body or not path:
                # Escape as RFC 6901, section 3, requires. Errors inside a parameter keep the name of the parameter.
                part = str(name).replace("~", "~0").replace("/", "~1") if in_body else str(name)
                yield from faults_from(inner, in_body=in_body, path=f"{path}/{part}" if in_body else part)
            else:
                yield from faults_from(inner, in_body=in_body, path=path)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        code = getattr(message, "code", "invalid")
        yield Fault(str(message), code, path) if in_body else Fault(str(message), code, parameter=path)
