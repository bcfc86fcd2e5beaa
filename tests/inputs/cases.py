"""Shared parts of the cases in docs/input.md: the fixtures, the outcomes, and the inputs of the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from blog_api.api.openapi.document import example_of
from blog_api.database.session import db
from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.models.users import User
from tests.http import Reply
from tests.people import Person

Json = dict[str, Any]
NUMBER = count(1)
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class World:
    """The state before a case: three people, a post with a comment, a tag, the OpenAPI document, a running service."""

    client: FlaskClient
    ada: Person
    editor: Person
    admin: Person
    post: Json
    tag: Json
    media: Json
    comment: Json
    document: Json
    url: str

    def fill(self, path: str) -> str:
        """Fill in the parameters of a path of the document, and strip /api/v1."""
        # Other ids are 1, whether such an object exists or not: those cases do not depend on it.
        ids: dict[str, Any] = defaultdict(lambda: 1)
        ids |= {"post_id": self.post["id"], "tag_id": self.tag["id"], "user_id": self.ada.id}
        ids |= {"username": self.ada.username, "media_id": self.media["id"], "comment_id": self.comment["id"]}
        return path.format_map(ids | {"slug": self.post["slug"]}).removeprefix("/api/v1")


# The expected location of the error (None for any) and the response.
Outcome = tuple[str | None, TestResponse | Reply]
Case = Callable[[World], Iterator[Outcome]]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    """Register a function as the case with this name in docs/input.md."""

    def register(function: Case) -> Case:
        assert name not in CASES, name
        CASES[name] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a request body, or an item of a list in it."""

    method: str
    path: str
    pointer: str
    schema: Json
    wrap: Callable[[Any], Any]

    @property
    def name(self) -> str:
        return [part for part in self.pointer.split("/") if not part.isdigit()][-1]

    @property
    def in_list(self) -> bool:
        return self.pointer.endswith("/0")

    @property
    def is_string(self) -> bool:
        """Whether it is a string other than a password. Passwords accept any characters."""
        return self.schema["type"] == "string" and self.schema.get("format") != "password"

    @property
    def is_free_text(self) -> bool:
        """Whether it accepts free text."""
        return self.is_string and "maxLength" in self.schema and "\\x00" in self.schema.get("pattern", "")

    def send(self, world: World, value: Any) -> TestResponse:
        body = self._with_existing_users(self.wrap(value), world, "")
        for operation in body.get("operations", ()):
            if isinstance(operation, dict) and repr(operation.get("id")) == "1":
                operation["id"] = world.post["id"]
        return world.admin.request(self.method, world.fill(self.path), json=body)

    def _with_existing_users(self, part: Any, world: World, pointer: str) -> Any:
        """Replace the examples of user ids, except the value under test, by that of a user."""
        if isinstance(part, list):
            return [self._with_existing_users(item, world, f"{pointer}/{n}") for n, item in enumerate(part)]
        if not isinstance(part, dict):
            is_user = pointer.endswith("/user_id") and pointer != self.pointer
            return world.ada.id if is_user else part
        return {
            name: self._with_existing_users(inner, world, f"{pointer}/{name}") for name, inner in part.items()
        }


def stored_rows(app: Flask) -> list[Any]:
    """Return all rows that clients have written."""
    with app.app_context():
        columns: Any = (
            [Post.id, Post.title, Post.slug, Post.content, Post.summary, Post.status, Post.deleted_at],
            [Tag.id, Tag.name, Tag.slug, Tag.description],
            [User.id, User.username, User.email, User.display_name, User.bio, User.role, User.is_active],
        )
        found = [db.session.execute(select(*of).order_by(of[0])).all() for of in columns]
        db.session.remove()
    return found


def members(reply: TestResponse) -> Json:
    """Return the JSON object in the response."""
    assert isinstance(reply.json, dict), reply.text
    return reply.json


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield the method, path and description of each operation."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                described = item.get("parameters", []) + operation.get("parameters", [])
                yield method.upper(), path, {**operation, "parameters": described}


def bodies(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield the method, path and body schema of each operation with a JSON body."""
    for method, path, operation in operations(document):
        # Uploads are tested in tests/blueprints/media.
        if JSON in (content := operation.get("requestBody", {}).get("content", {})):
            reference = content[JSON]["schema"]["$ref"]
            yield method, path, document["components"]["schemas"][reference.rpartition("/")[2]]


def fields(document: Json) -> Iterator[Field]:
    """Yield each member of each request body at any depth."""
    schemas = document["components"]["schemas"]
    for method, path, schema in bodies(document):
        for pointer, inner, wrap in _leaves(schema, schemas, "", lambda value: value):
            if inner["type"] != "array":
                yield Field(method, path, pointer, inner, wrap)


def list_fields(document: Json) -> Iterator[Field]:
    """Yield each list in each request body at any depth."""
    schemas = document["components"]["schemas"]
    for method, path, schema in bodies(document):
        for pointer, inner, wrap in _leaves(schema, schemas, "", lambda value: value):
            if inner["type"] == "array":
                yield Field(method, path, pointer, inner, wrap)


def _leaves(
    schema: Json, schemas: Json, pointer: str, wrap: Callable[[Any], Any]
) -> Iterator[tuple[str, Json, Callable[[Any], Any]]]:
    """Yield the pointer and schema of each value that is not an object, and a function that wraps it in a body."""
    # An object or null.
    schema = schema.get("anyOf", [schema])[0]
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        written = {name: inner for name, inner in schema["properties"].items() if "readOnly" not in inner}
        for name, inner in written.items():
            yield from _leaves(
                inner, schemas, f"{pointer}/{name}", partial(_in_object, schema, schemas, name, wrap)
            )
    elif "items" in schema:
        yield pointer, _single_type(schema), wrap
        yield from _leaves(schema["items"], schemas, f"{pointer}/0", lambda value: wrap([value]))
    elif "oneOf" in schema and "type" in schema["oneOf"][0]:
        # A value, or an object that has it as a member.
        yield pointer, _single_type(schema["oneOf"][0]) | {"or_object": True}, wrap
    elif "oneOf" in schema:
        for choice in schema["oneOf"]:
            yield from _leaves(choice, schemas, pointer, wrap)
    else:
        yield pointer, _single_type(schema), wrap


def _in_object(schema: Json, schemas: Json, name: str, wrap: Callable[[Any], Any], value: Any) -> Any:
    required = [other for other in schema.get("required", ()) if other != name]
    if "media_id" in schema["properties"] and name not in ("media_id", "url"):
        # An image has one of them.
        required.append("url")
    others = {other: example_of(schema["properties"][other], schemas) for other in required}
    # Names must be unique.
    number = next(NUMBER)
    unique = {other: f"{other}{number}" for other in ("username", "name")} | {
        "email": f"{number}@example.com"
    }
    return wrap({other: unique.get(other, example) for other, example in others.items()} | {name: value})


def parameters(document: Json, kind: str) -> Iterator[tuple[str, str, str, Json]]:
    """Yield the method, path, name and item schema of each "query" or "path" parameter."""
    for method, path, operation in operations(document):
        for parameter in operation["parameters"]:
            if parameter.get("in") == kind:
                schema = parameter["schema"]
                yield method, path, parameter["name"], _single_type(schema.get("items", schema))


def _single_type(schema: Json) -> Json:
    kind = schema["type"]
    return {**schema, "type": kind[0] if isinstance(kind, list) else kind, "nullable": "null" in kind}
