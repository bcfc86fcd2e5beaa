"""dry_run=true on every write of posts, tags and users: the response of the write, and no trace."""

from __future__ import annotations

import re

import pytest

from tests.access import NUMBERS, Route, make_scene, routes
from tests.snapshots import differences, snapshot

DRY_RUN = {"$ref": "#/components/parameters/dry_run"}
RESOURCES = ("posts", "tags", "users")
# Below these, but without dry runs: new previews, whose response has a secret, and comments, which are not posts.
WITHOUT = ("/previews", "/comments")
# Further query parameters of the routes.
OPTIONS = {
    "DELETE /api/v1/users/{user_id}": ["anonymise=true"],
    "POST /api/v1/posts/bulk/update": ["author=grace"],
}


def write_routes(app):
    """Yield each write route of the resources, for one kind of object and each relevant query."""
    seen = set()
    for route in routes(app):
        if route.path.endswith(WITHOUT):
            continue
        is_write = route.method != "GET" and route.path.split("/")[3:4] in [[name] for name in RESOURCES]
        if is_write and route.name not in seen:
            seen.add(route.name)
            yield route
            if not route.query:
                for query in OPTIONS.get(f"{route.method} {route.path}", ()):
                    yield Route(route.method, route.path, route.arguments, route.kind, query)


@pytest.fixture
def prepare(client, people, sql):
    """A function that creates what a request needs, and returns its address and body."""
    scene, grace = make_scene(client, people), people("author", username="grace")

    def make(route):
        if "former-slugs" in route.path:
            return _former_slug(route.path, scene), None
        if route.path.endswith("/bulk"):
            post = scene.other.write()
            operations = [
                {"op": "create", "data": {"title": "Bulk", "status": "published", "tags": ["a", "b"]}},
                {"op": "update", "id": post["id"], "data": {"title": "Other", "slug": "other"}},
                {"op": "delete", "id": post["id"]},
            ]
            return route.path, {"mode": "each", "operations": operations}
        if "author=" in route.query:
            grace.write(tags=["Python"])
        address = scene.fill(route, None) or ""
        if "/revisions/" in address:
            # Otherwise there is nothing to restore.
            path = address.partition("/revisions/")[0].removeprefix("/api/v1")
            assert scene.editor.patch(path, {"title": "Changed"}).status_code == 200
        return address, _with_new_names(scene.body(route))

    return make


def _with_new_names(body):
    """Replace names that must be unique: the examples share some."""
    number = next(NUMBERS)
    names = {"name": f"Name {number}", "username": f"user{number}", "email": f"user{number}@example.com"}
    return body and {name: names.get(name, value) for name, value in body.items()}


def _former_slug(path, scene):
    """Rename a public object, and return the address of its former slug."""
    post = scene.other.write(tags=["Old"])
    item, collection = (post["tags"][0], "tags") if "/tags/" in path else (post, "posts")
    assert scene.editor.patch(f"/{collection}/{item['id']}", {"slug": "renamed"}).status_code == 200
    return f"/api/v1/{collection}/{item['id']}/former-slugs/{item['slug']}"


def comparable(reply):
    """Return the status, the body and the headers, without what differs between two equal requests."""
    body = re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', "time", reply.text)
    body = re.sub(r'"id":\d+', "id", body).replace('"dry_run":true', '"dry_run":false')
    own = {"ETag", "Location", "Dry-Run", "X-Request-ID", "Content-Length"}
    return reply.status_code, body, [header for header in reply.headers if header[0] not in own]


def test_a_dry_run_gets_the_response_of_the_write_and_leaves_no_trace(app, prepare, people, sql):
    admin, tried = people("admin"), []
    for route in write_routes(app):
        address, body = prepare(route)
        path = address.removeprefix("/api/v1")
        planned = f"{path}{'&' if '?' in path else '?'}dry_run=true"
        if route.method == "DELETE" and path.endswith(("/like", "/follow")):
            # Otherwise there is nothing to delete.
            assert admin.put(path).status_code == 204
        before = snapshot(sql)
        dry = admin.request(route.method, planned, json=body, headers={"Idempotency-Key": "k"})
        assert differences(before, snapshot(sql)) == set(), route
        real = admin.request(route.method, path, json=body)
        assert comparable(dry) == comparable(real), route
        assert real.status_code < 300, (route, real.text)
        assert dry.headers["Dry-Run"] == "true"
        assert not {"ETag", "Location"} & set(dry.headers.keys()), route
        assert "Dry-Run" not in real.headers
        assert differences(before, snapshot(sql)), route
        tried.append(route.name)
    assert len(tried) >= 19


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_write_below_these_resources_takes_dry_run_and_no_other_route_does(app, client, method):
    document = client.get("/openapi.json").json
    for path, item in document["paths"].items():
        if operation := item.get(method.lower()):
            takes = DRY_RUN in operation.get("parameters", ())
            headers = [
                reply.get("headers", {}) for code, reply in operation["responses"].items() if code < "300"
            ]
            assert takes == (path.split("/")[3] in RESOURCES and not path.endswith(WITHOUT)), path
            assert all(("Dry-Run" in shown) == takes for shown in headers), path
        assert DRY_RUN not in item.get("get", {}).get("parameters", ()), path
