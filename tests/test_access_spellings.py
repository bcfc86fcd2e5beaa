"""Tests that other spellings of a path and method override headers do not bypass access rules."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest

from tests.access import DENIED, ROLES, SCOPES, make_scene, routes
from tests.access_page import outcomes
from tests.databases import on_one_database
from tests.http import exchange
from tests.inputs.cases import stored_rows
from tests.service import launch

SPELLINGS = [
    "/{0}", "/{1}//{2}", "/{1}/./{2}", "/{1}/%2e/{2}", "/{1}/x/../{2}", "/{1}/x/%2e%2e/{2}", "/{1};x/{2}",
    "{0};x", "{0};x=1", "{0}/", "{0}//", "{0}/.", "{0}/%2e", "{0}%20", "{0}%00", "{0}%0a", "{0}.json",
    "{0}%2f", "{0}%23", "/%61pi{3}", "\\{0}",
]  # fmt: skip
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
# The outcomes of each route and kind of object, by role.
OUTCOMES = {(name, kind): cells for name, kind, *cells in outcomes()}
REWRITES = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix", "X-Forwarded-Path")


@pytest.fixture
def scene(client, people):
    return make_scene(client, people)


def denied(app, scene):
    """Yield denied requests, one of each route for each status: route, URL, body and headers, and status.

    docs/access.md says which role to ask for; tests/test_access_table.py asks for all of them.
    """
    seen = set()
    for route in routes(app):
        statuses = dict(zip((*ROLES, *SCOPES), OUTCOMES[route.name, route.kind], strict=True))
        for role, status in statuses.items():
            if status not in DENIED or (route.name, status) in seen:
                continue
            seen.add((route.name, status))
            asker = scene.asker(role)
            address = scene.fill(route, asker)
            options = {"json": scene.body(route), "headers": scene.headers(route, asker, role)}
            before = stored_rows(app)
            reply = scene.client.open(address, method=route.method, **options)
            reply.close()
            assert (str(reply.status_code), stored_rows(app)) == (status, before), (route, role)
            yield route, address, options, reply.status_code


def spelled(address):
    """Yield other spellings of a URL that some servers treat as the same."""
    path, _, query = address.partition("?")
    first, _, rest = path[1:].rpartition("/")
    shapes = [shape.format(path, first, rest, path.removeprefix("/api")) for shape in SPELLINGS]
    for shape in [*shapes, path.upper(), path.title(), path.replace("api", "ａpi")]:
        yield f"{shape}?{query}" if query else shape


@on_one_database
def test_other_spellings_headers_and_parameters_do_not_bypass_access_rules(app, scene):
    asked = 0
    for route, address, options, status in denied(app, scene):
        before = stored_rows(app)
        asked += ask_in_other_words(scene.client, route, address, options)
        ask_by_other_means(scene.client, route, address, options, status)
        assert stored_rows(app) == before
    assert asked > 500


def ask_in_other_words(client, route, address, options):
    """Request each spelling of the URL, assert that it is denied or not found, and return the number of spellings."""
    paths = list(spelled(address))
    for path in paths:
        reply = client.open("/", method=route.method, **options, environ_overrides=as_sent(path))
        # 400 for a target that does not start with a slash.
        assert reply.status_code in (400, 401, 403, 404, 405), (route, path, reply.status_code)
    return len(paths)


def as_sent(path):
    """Return the path as a server parses it, without the normalization of a client."""
    path, _, query = path.partition("?")
    return {"PATH_INFO": unquoted(path), "QUERY_STRING": query, "RAW_URI": path}


def unquoted(path):
    return unquote_to_bytes(path).decode("latin-1")


def ask_by_other_means(client, route, address, options, status):
    """Send headers and parameters that override the method or the path, and assert that they are ignored."""
    path = address.partition("?")[0]
    for method in ("GET", "HEAD"):
        plain = client.open(path, method=method, headers=options["headers"])
        for name in OVERRIDES:
            headers = {**options["headers"], name: route.method}
            changed = client.open(path, method=method, headers=headers)
            assert plain.status_code == changed.status_code, (route, name)
    reply = client.post(f"{path}?_method={route.method}", **options)
    assert reply.status_code >= 400
    for name in REWRITES:
        headers = {**options["headers"], name: address}
        reply = client.open("/nothing", method=route.method, **{**options, "headers": headers})
        assert reply.status_code == 404
    if route.method == "GET":
        assert client.head(address, headers=options["headers"]).status_code == status


@on_one_database
def test_the_running_service_rejects_other_spellings(app, scene, database_url):
    with launch(database_url) as service:
        for path in spelled("/api/v1/users/me"):
            if path.isascii() and " " not in path:
                reply = exchange(service.url, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                assert reply.status in (400, 401, 404), path
