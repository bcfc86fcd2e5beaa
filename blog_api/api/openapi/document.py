"""The texts of the OpenAPI document, and what is completed once all of it is there: examples and links. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

DESCRIPTION = """\
**Who you are.** Register, log in, and send `Authorization: Bearer <access token>`. The access token lives for minutes;
the refresh token is spent once, for the next pair. A script sends an API token of `/auth/tokens` instead.

**What you send.** JSON in UTF-8. Strings are trimmed before they are counted and compared. Fields and query parameters
that are not listed here are refused, and so is a parameter that takes one value and is given twice. Times are
RFC 3339 with an offset.

**Lists** come in pages: follow `next_cursor` until it is null. A cursor belongs to its filters and its sort.

**A single object** comes with an `ETag`. Send that as `If-Match` with a change, and the change is refused with 412
where somebody else was faster. Send it as `If-None-Match` with a read, and what is the same is not sent again.

**A request that got no reply** may be sent again. With POST send an `Idempotency-Key`, made anew for each request: the
same request with the same key is done once, and its reply is kept for 24 hours.

**How often.** Requests are counted by user, or by address where no access token says who asks, if the service limits
them: `RateLimit-Policy` and `RateLimit` say how it stands, and 429 with `Retry-After` when to try again.

**Errors** are problems of RFC 9457: `type` links to a page that explains the problem, and for invalid input `errors`
lists each field or parameter with what is wrong. `request_id` is in the log of the service.
"""
INFO: Json = {
    "summary": "A headless blog: users, posts and tags over REST.",
    "description": DESCRIPTION,
    "license": {"name": "MIT", "identifier": "MIT"},
}
SERVERS: list[Json] = [{"url": "/", "description": "The service that this document comes from."}]


def complete(document: Json) -> Json:
    """The document, in place, with an example in each body, and links from new objects to what can be done to them."""
    _add_examples(document)
    _add_links(document)
    return document


def example_of(schema: Json, schemas: Json) -> Any:
    """A value that fits the schema, made of its examples; members without an example are left out."""
    schema = _resolve(schema, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "properties" in schema:
        values = {name: example_of(inner, schemas) for name, inner in schema["properties"].items()}
        return {name: value for name, value in values.items() if value is not ...} or ...
    if "oneOf" in schema:
        return example_of(schema["oneOf"][0], schemas)
    if "items" in schema:
        item = example_of(schema["items"], schemas)
        return ... if item is ... else [item]
    return ...


def _resolve(schema: Json, schemas: Json) -> Json:
    found: Json = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    """Every operation with its path."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, operation


def _add_examples(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for _, operation in _operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (media for body in bodies for media in body.get("content", {}).values()):
            media["example"] = example_of(media["schema"], schemas)


def _add_links(document: Json) -> None:
    links: dict[str, Json] = {}
    for path, kind in _detail_paths(document):
        for at, operation in _operations(document):
            if at == path:
                member = re.sub(r".*_id$", "id", _path_parameter(path))
                links.setdefault(kind, {})[operation["operationId"]] = {
                    "operationId": operation["operationId"],
                    "parameters": {_path_parameter(path): f"$response.body#/{member}"},
                }
    for _, operation in _operations(document):
        if created := operation["responses"].get("201"):
            created["links"] = links[_response_schema(created)]


def _detail_paths(document: Json) -> Iterator[tuple[str, str]]:
    """The paths that end in a parameter and show an object, with the schema of that object."""
    for path, item in document["paths"].items():
        if path.endswith("}") and "get" in item:
            yield path, _response_schema(item["get"]["responses"]["200"])


def _path_parameter(path: str) -> str:
    return path.rpartition("{")[2].rstrip("}")


def _response_schema(response: Json) -> str:
    reference: str = response["content"]["application/json"]["schema"]["$ref"]
    return reference
