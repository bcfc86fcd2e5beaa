"""What public routes read is declared as public content, and its triggers invalidate the cached responses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask, Response

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import public
from blog_api.database.base import Base
from blog_api.database.public_content import public_content_of
from tests.access import Route, make_scene, routes
from tests.apps import add_blueprint

# What tells whether the content has changed is not content itself. The rows of changes become visible by a change of
# change_feed, which is declared.
NOT_CONTENT = {"content_version", "changes"}
# Columns that only change together with public content.
DERIVED = {"post_authors": {"published_at"}}
TABLES = Base.metadata.tables
DECLARED = {name: content for name, table in TABLES.items() if (content := public_content_of(table))}
OF_THE_SITE = {name: content for name, content in DECLARED.items() if content.scope == "site"}
ON_POSTGRESQL = """
    SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.proname = 'raise_content_version' AND NOT t.tgisinternal
"""
ON_SQLITE = (
    "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%INSERT INTO content_version%'"
)
EVENTS = re.compile(r"AFTER\s+(.+?)\s+ON\s+(?:public\.)?(\w+)", re.DOTALL)


def events_of(triggers: list[str]) -> dict[str, dict[str, set[str]]]:
    """Return by table and event (INSERT, DELETE, UPDATE, TRUNCATE) the columns that fire a trigger, none for any."""
    found: dict[str, dict[str, set[str]]] = {}
    for trigger in triggers:
        ((events, table),) = EVENTS.findall(trigger)
        for event in events.split(" OR "):
            name, _, columns = event.partition(" OF ")
            found.setdefault(table, {}).setdefault(name.upper(), set()).update(re.findall(r"\w+", columns))
    return found


def test_the_triggers_are_those_that_the_models_declare(sql, database_url):
    on_postgresql = database_url.startswith("postgresql")
    triggers = events_of([definition for (definition,) in sql(ON_POSTGRESQL if on_postgresql else ON_SQLITE)])
    events = ("INSERT", "DELETE", "TRUNCATE") if on_postgresql else ("INSERT", "DELETE")
    declared = {
        table: {"UPDATE": set(content.columns), **{event: set() for event in events}}
        for table, content in OF_THE_SITE.items()
    }
    assert triggers == declared, (
        "declare public content in the model: `info=public_content(...)`,"
        " and call `public_content.create_triggers` in its migration"
    )


def public_reads(app: Flask, document: dict[str, Any]) -> list[Route]:
    """Return the GET routes of the API that need no token and can be cached: no secret ones, such as previews."""
    operations = {path: methods["get"] for path, methods in document["paths"].items() if "get" in methods}
    is_public = {
        path
        for path, operation in operations.items()
        if {} in operation["security"] and "/previews/" not in path
    }
    return [r for r in routes(app) if r.method == "GET" and r.path in is_public and not r.query]


def examples(schema: dict[str, Any]) -> list[Any]:
    """Return values that a parameter of this schema takes."""
    if "examples" in schema:
        return list(schema["examples"])
    if "items" in schema:
        return examples(schema["items"])
    if "enum" in schema:
        return list(schema["enum"])
    if schema.get("format") == "date-time":
        return ["2026-01-31T12:00:00Z"]
    values: dict[str, list[Any]] = {"boolean": ["true", "false"], "integer": [1], "string": ["word"]}
    return values[schema["type"]]


def queries(document: dict[str, Any], route: Route) -> list[str]:
    """Return query strings that between them use every parameter of the route."""
    parameters = document["paths"][route.path]["get"].get("parameters", [])
    named = {parameter["name"]: parameter["schema"] for parameter in parameters if "schema" in parameter}
    return ["", *(f"{name}={value}" for name, schema in named.items() for value in examples(schema))]


def tables_read(statements: list[str]) -> set[str]:
    # Names after a dot are those of columns.
    return {word for statement in statements for word in re.findall(r"(?<!\.)\b\w+", statement)} & set(TABLES)


def undeclared_columns(statements: list[str], table: str) -> set[str]:
    """Return the columns of the table in the statements, which qualify all columns, that can change unnoticed."""
    declared = DECLARED[table].columns
    if not declared or "version" in declared:
        return set()
    never_updated = {*TABLES[table].primary_key.columns.keys(), "created_at"}
    read: set[str] = set()
    for statement in statements:
        for name in {table, *re.findall(rf"\b{table} AS (\w+)", statement)}:
            read |= set(re.findall(rf"\b{name}\.(\w+)", statement))
    return read - never_updated - declared - DERIVED.get(table, set())


def test_public_routes_read_declared_public_content_only(app, client, people, count_queries):
    """A route that reads another table would be answered from the cache after that table has changed."""
    scene = make_scene(client, people)
    asked: dict[str, list[str]] = {}
    for route in public_reads(app, scene.document):
        statements = asked.setdefault(route.path, [])
        address = scene.fill(route, None)
        for query in queries(scene.document, route) if address else ():
            with count_queries() as sent:
                client.get(f"{address}?{query}")
            statements += sent
    assert asked
    for path, statements in asked.items():
        read = tables_read(statements)
        # The list of resources depends on settings only.
        assert path == "/api/v1" or read & set(DECLARED), f"GET {path} read nothing: {statements}"
        for table in sorted(read - NOT_CONTENT):
            declared = DECLARED.get(table)
            assert declared, f"GET {path} reads {table}: add `info=public_content(...)` to its model"
            missing = undeclared_columns(statements, table)
            assert not missing, f"GET {path} reads {missing} of {table}: add them to its public_content(...)"


@pytest.fixture
def make_view(make_client, people):
    """Return a client of an app with one more public view, and the calls that the view has answered."""

    def make(respond, **options):
        # Nothing is cached before the first change of the content.
        people().write()
        calls = []
        blueprint = Blueprint("extra", __name__, url_prefix="/extra", **options)

        @blueprint.route("/<string:key>")
        @public
        @blueprint.response(200, headers={"X-Request-ID": "X-Request-ID"})
        def view(key):
            calls.append(key)
            return respond()

        client = make_client()
        add_blueprint(client.application, blueprint)
        return client, calls

    return make


@pytest.mark.parametrize(
    ("respond", "cached"),
    [
        (lambda: Response("whole"), True),
        (lambda: Response("private", headers={"Cache-Control": "private, no-store"}), False),
        (lambda: Response(iter(["a ", "stream"])), False),
    ],
    ids=["plain", "no-store", "streamed"],
)
def test_a_no_store_or_streamed_response_is_never_cached(make_view, respond, cached):
    client, calls = make_view(respond)
    bodies = {client.get("/extra/key").data for _ in range(4)}
    assert len(bodies) == 1
    assert len(calls) == (2 if cached else 4)
