"""What the cases of docs/input.md share: what they are given, what they yield, and where input goes in."""

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
from blog_api.models import Post, Tag, User
from tests.http import Reply
from tests.people import Person

Json = dict[str, Any]
NUMBER = count(1)
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class World:
    """What there is before a case begins: three people, a post, a tag, and the running service."""

    client: FlaskClient
    ada: Person
    editor: Person
    admin: Person
    post: Json
    tag: Json
    document: Json
    url: str

    def fill(self, path: str) -> str:
        """The path of the document with ids of what is there, below /api/v1."""
        # Of anything else the first, which is there or not: what is asked then is not about it.
        ids: dict[str, Any] = defaultdict(lambda: 1)
        ids |= {"post_id": self.post["id"], "tag_id": self.tag["id"], "user_id": self.ada.id}
        return path.format_map(ids | {"slug": self.post["slug"]}).removeprefix("/api/v1")


# What is asked, and what came back: where the fault lies (None for nowhere in particular), and the reply.
Told = tuple[str | None, TestResponse | Reply]
Case = Callable[[World], Iterator[Told]]
CASES: dict[str, Case] = {}


def case(name: str) -> Callable[[Case], Case]:
    """The function asks what the row of this name in docs/input.md is about."""

    def register(function: Case) -> Case:
        assert name not in CASES, name
        CASES[name] = function
        return function

    return register


@dataclass(frozen=True, slots=True)
class Field:
    """A member of a body, or one item of a list in it: where it is sent, and how it is described."""

    method: str
    path: str
    pointer: str
    schema: Json
    around: Callable[[Any], Any]

    @property
    def name(self) -> str:
        return [part for part in self.pointer.split("/") if not part.isdigit()][-1]

    @property
    def in_list(self) -> bool:
        return self.pointer.endswith("/0")

    @property
    def is_text(self) -> bool:
        """Whether it takes a string that is no password, of which every character counts."""
        return self.schema["type"] == "string" and self.schema.get("format") != "password"

    @property
    def is_free(self) -> bool:
        """Whether it takes any words."""
        return self.is_text and "maxLength" in self.schema and "\\x00" in self.schema.get("pattern", "")

    def send(self, world: World, value: Any) -> TestResponse:
        body = self.around(value)
        for operation in body.get("operations", ()):
            if isinstance(operation, dict) and repr(operation.get("id")) == "1":
                operation["id"] = world.post["id"]
        return world.admin.request(self.method, world.fill(self.path), json=body)


def stored(app: Flask) -> list[Any]:
    """All that clients have written."""
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
    """The object that the reply shows."""
    assert isinstance(reply.json, dict), reply.text
    return reply.json


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Each method with its path and its description."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                described = item.get("parameters", []) + operation.get("parameters", [])
                yield method.upper(), path, {**operation, "parameters": described}


def bodies(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Each method and path that takes a body, with the schema of that."""
    for method, path, operation in operations(document):
        if "requestBody" in operation:
            reference = operation["requestBody"]["content"][JSON]["schema"]["$ref"]
            yield method, path, document["components"]["schemas"][reference.rpartition("/")[2]]


def fields(document: Json) -> Iterator[Field]:
    """Each member of each body that the service takes, however deep it lies."""
    schemas = document["components"]["schemas"]
    for method, path, schema in bodies(document):
        for pointer, inner, around in _leaves(schema, schemas, "", lambda value: value):
            if inner["type"] != "array":
                yield Field(method, path, pointer, inner, around)


def lists(document: Json) -> Iterator[Field]:
    """Each list in each body that the service takes, however deep it lies."""
    schemas = document["components"]["schemas"]
    for method, path, schema in bodies(document):
        for pointer, inner, around in _leaves(schema, schemas, "", lambda value: value):
            if inner["type"] == "array":
                yield Field(method, path, pointer, inner, around)


def _leaves(
    schema: Json, schemas: Json, pointer: str, around: Callable[[Any], Any]
) -> Iterator[tuple[str, Json, Callable[[Any], Any]]]:
    """Where each value lies that is no object, how it is described, and the body around it."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "properties" in schema:
        for name, inner in schema["properties"].items():
            yield from _leaves(
                inner, schemas, f"{pointer}/{name}", partial(_in_object, schema, schemas, name, around)
            )
    elif "items" in schema:
        yield pointer, _described(schema), around
        yield from _leaves(schema["items"], schemas, f"{pointer}/0", lambda value: around([value]))
    elif "oneOf" in schema:
        for choice in schema["oneOf"]:
            yield from _leaves(choice, schemas, pointer, around)
    else:
        yield pointer, _described(schema), around


def _in_object(schema: Json, schemas: Json, name: str, around: Callable[[Any], Any], value: Any) -> Any:
    required = [other for other in schema.get("required", ()) if other != name]
    others = {other: example_of(schema["properties"][other], schemas) for other in required}
    # What is made must have a name of its own.
    number = next(NUMBER)
    unique = {other: f"{other}{number}" for other in ("username", "name")} | {
        "email": f"{number}@example.com"
    }
    return around({other: unique.get(other, example) for other, example in others.items()} | {name: value})


def parameters(document: Json, kind: str) -> Iterator[tuple[str, str, str, Json]]:
    """Each parameter of the query or the path (`kind`): method, path, name,
    and schema (of an item of a list)."""
    for method, path, operation in operations(document):
        for parameter in operation["parameters"]:
            if parameter.get("in") == kind:
                schema = parameter["schema"]
                yield method, path, parameter["name"], _described(schema.get("items", schema))


def _described(schema: Json) -> Json:
    kind = schema["type"]
    return {**schema, "type": kind[0] if isinstance(kind, list) else kind}
