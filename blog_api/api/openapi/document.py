"""The description in the OpenAPI document, and functions that add examples and links to the finished document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

DESCRIPTION = """\
**Authentication.** Register, log in and send `Authorization: Bearer <access token>`. Access tokens are short-lived:
`expires_in` is their lifetime in seconds. A refresh token can be used once, to get a new pair. Scripts use an API
token from `/auth/tokens` instead.

**Requests** are JSON in UTF-8. Whitespace around strings is stripped before validation, except in content and
passwords. Unknown fields and query parameters are rejected, and so are repeated parameters that take a single
value. Times are RFC 3339 with an offset. `PATCH` changes only the fields that you send; as
`application/merge-patch+json`, null resets a field. `PUT` accepts a post as it was read.

**Lists** are paginated: follow `next_cursor` until it is null. A cursor is valid only with the filters and the sort
of the request that returned it.

**Conditional requests.** Every object and list has an `ETag`. Send that of an object as `If-Match` with a change,
to get 412 instead of overwriting another client's change. Send it as `If-None-Match` with a read to get 304 if
nothing has changed.

**Retries.** Send a new `Idempotency-Key` with each POST outside `/auth`. If you get no response, retry with the
same key: the request is executed only once, and its response is stored for 24 hours.

**Dry runs.** Writes of posts, tags and users take `dry_run=true`: the response is that of the write, with the header
`Dry-Run: true`, but nothing is saved.

**Rate limits**, if enabled, apply per user for access tokens, and per IP address for everything else, API tokens
included. `RateLimit-Policy` and `RateLimit` describe the limits. Past a limit the response is 429, with the time to
wait in `Retry-After`.

**Errors** are RFC 9457 problems: `type` links to an explanation, and for invalid input `errors` lists each field or
parameter with what is wrong. `request_id` identifies the request in the service's log.
"""
INFO: Json = {
    "summary": "A headless blog: users, posts and tags over REST.",
    "description": DESCRIPTION,
    "contact": {"name": "The operators of this service"},
    "license": {"name": "MIT", "identifier": "MIT"},
}


def complete(document: Json) -> Json:
    """Add what the views leave out: descriptions, examples of bodies, and links from created objects to operations.

    Modifies the document.
    """
    for _, operation in _operations(document):
        # The rest of the docstring, if there is one.
        operation.setdefault("description", f"{operation['summary']}.")
    _add_examples(document)
    _add_links(document)
    return document


def example_of(schema: Json, schemas: Json) -> Any:
    """Build a valid value from the examples in the schema. Members without an example are omitted."""
    schema = _resolve(schema, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "properties" in schema:
        values = {name: example_of(inner, schemas) for name, inner in schema["properties"].items()}
        return {name: value for name, value in values.items() if value is not ...} or ...
    for keyword in schema.keys() & {"oneOf", "anyOf"}:
        return example_of(schema[keyword][0], schemas)
    if "items" in schema:
        item = example_of(schema["items"], schemas)
        return ... if item is ... else [item]
    return ...


def _resolve(schema: Json, schemas: Json) -> Json:
    found: Json = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return found


def _operations(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield the path and description of every operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, operation


def _add_examples(document: Json) -> None:
    schemas = document["components"]["schemas"]
    for _, operation in _operations(document):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for kind, media in (item for body in bodies for item in body.get("content", {}).items()):
            # The file of a form has no example.
            if kind != "multipart/form-data":
                media["example"] = example_of(media["schema"], schemas)


def _add_links(document: Json) -> None:
    links: dict[str, Json] = {}
    for path, schema in _detail_paths(document):
        for other, operation in _operations(document):
            if other == path:
                member = re.sub(r".*_id$", "id", _path_parameter(path))
                links.setdefault(schema, {})[operation["operationId"]] = {
                    "operationId": operation["operationId"],
                    "parameters": {_path_parameter(path): f"$response.body#/{member}"},
                }
    for _, operation in _operations(document):
        if created := operation["responses"].get("201"):
            # Previews have no route of their own to read.
            created["links"] = links.get(_response_schema(created), {})


def _detail_paths(document: Json) -> Iterator[tuple[str, str]]:
    """Yield the paths of single objects, which end in a parameter, with the schema of the object."""
    for path, item in document["paths"].items():
        if path.endswith("}") and "get" in item:
            yield path, _response_schema(item["get"]["responses"]["200"])


def _path_parameter(path: str) -> str:
    return path.rpartition("{")[2].rstrip("}")


def _response_schema(response: Json) -> str:
    schema = response["content"]["application/json"]["schema"]
    # Responses with selected fields are an alternative of the whole object.
    reference: str = schema.get("anyOf", [schema])[0]["$ref"]
    return reference
