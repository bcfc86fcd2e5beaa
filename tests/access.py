"""Determine the access rules by requesting every route for each kind of object with each role."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from blog_api.auth.unsubscribing import create_unsubscribe_token
from tests.people import Person
from tests.pictures import picture, upload
from tests.webhooks import make_webhook

ROLES = ("nobody", "reader", "contributor", "author", "editor", "admin")
# API tokens of an author and their scopes.
SCOPES = {"reading token": ["read"], "writing token": ["read", "write"]}
OWNED = ("another's", "their own")
POSTS = ("another's, published", "another's, a draft", "their own")
COMMENTS = ("another's, approved", "another's, pending", "their own")
KINDS = {
    "post_id": POSTS, "slug": POSTS, "comment_id": COMMENTS, "tag_id": ("on a post", "on no post"),
    "token": ("",), "part": ("",),
    # Objects of no user. All others are `OWNED`.
    **dict.fromkeys(("redirect_id", "webhook_id", "delivery_id", "name", "path", "file", "number", "picture"), ("",)),
}  # fmt: skip
# Values of parameters that name nothing a user has created.
CONSTANTS = {"name": "not-found", "path": "docs.css", "file": "editor.js", "number": 1, "part": "posts"}
# Query parameters with access rules of their own.
QUERIES = {
    "GET /api/v1/posts": ("status=draft", "trashed=true"),
    "DELETE /api/v1/posts/{post_id}": ("force=true",),
    "DELETE /api/v1/users/{user_id}": ("reassign_to={other}",),
}
PASSWORD = "correct horse battery"
DENIED = ("401", "403", "404")
NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, with query parameters, for one kind of object."""

    method: str
    path: str
    arguments: tuple[str, ...]
    kind: str
    query: str

    @property
    def name(self) -> str:
        asked = f"?{self.query}".replace("{other}", "...") if self.query else ""
        return f"`{self.method} {self.path}{asked}`"


def routes(app: Flask) -> Iterator[Route]:
    """Yield all routes, once for each kind of object and each relevant query."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    for rule in sorted(rules, key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        path, arguments = _shown(rule)
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            for query in ("", *QUERIES.get(f"{method} {path}", ())):
                for kind in KINDS.get(arguments[0], OWNED) if arguments else ("",):
                    yield Route(method, path, arguments, kind, query)


def _shown(rule: Rule) -> tuple[str, tuple[str, ...]]:
    """Return the path in OpenAPI notation, and the names of its parameters."""
    parts = [(is_name, text) for is_name, text in rule._trace if is_name or text != "|"]
    path = "".join(f"{{{text}}}" if is_name else text for is_name, text in parts)
    return path.removeprefix("|"), tuple(text for is_name, text in parts if is_name)


@dataclass(frozen=True, slots=True)
class Scene:
    """Creates users of each role, and the objects for their requests."""

    client: FlaskClient
    people: Callable[..., Person]
    document: dict[str, Any]
    other: Person
    editor: Person
    login: dict[str, str] = field(default_factory=dict)

    def asker(self, role: str) -> Person | None:
        return None if role == "nobody" else self.people("author" if role in SCOPES else role)

    def fill(self, route: Route, asker: Person | None) -> str | None:
        """Return the URL of a new object of this kind, or None if the user cannot own one."""
        owner = asker if route.kind == "their own" else self.other
        if owner is None or _cannot_own(owner, route.arguments[:1]):
            return None
        values = {name: self._make(name, route, owner) for name in route.arguments}
        query = f"?{route.query}".format(other=self.other.id) if route.query else ""
        return route.path.format_map(values) + query

    def _make(self, name: str, route: Route, owner: Person) -> Any:
        if name == "slug" and "/tags/" in route.path:
            tag_id = self.make_tag(on_a_post=route.kind.endswith("published"))
            return _members(self.editor.get(f"/tags/{tag_id}"))["slug"]
        if name in ("post_id", "slug"):
            post = self._make_post(route, owner)
            return post[name.removeprefix("post_")]
        if name == "tag_id":
            return self.make_tag(on_a_post=route.kind == "on a post")
        if name in ("user_id", "username"):
            person = owner if route.kind == "their own" else self.people("reader")
            return getattr(person, name.removeprefix("user_"))
        if name == "session_id":
            (session,) = _members(owner.get("/auth/sessions"))["data"]
            return session["id"]
        if name == "token_id":
            return _members(owner.post("/auth/tokens", json={"name": "Script", "scopes": ["read"]}))["id"]
        if name == "redirect_id":
            redirect = {"from": f"/{next(NUMBERS)}", "to": "/about/"}
            return _members(self.editor.post("/redirects", json=redirect))["id"]
        if name in ("media_id", "picture"):
            made = upload(self.editor if name == "picture" else owner)
            return made["id"] if name == "media_id" else made["url"].removeprefix("/media/")
        if name in CONSTANTS:
            return CONSTANTS[name]
        made = self.make_preview(owner) if name == "key" else self._create(name, route, owner)
        return made["token" if name == "key" and route.method == "GET" else "id"]

    def _make_post(self, route: Route, owner: Person) -> dict[str, Any]:
        status = "published" if route.kind.endswith("published") else "draft"
        post = owner.write(f"Post {next(NUMBERS)}", status=status)
        address = f"/posts/{post['id']}"
        if route.path.endswith("{post_id}/restore"):
            assert owner.delete(address).status_code == 204
        if "/working-copy" in route.path and not route.kind.endswith("draft"):
            _members(self.editor.patch(address, json={"status": "published"}))
            _members(self.editor.patch(f"{address}/working-copy", json={"summary": "Saved."}))
        return post

    def _create(self, name: str, route: Route, owner: Person) -> dict[str, Any]:
        """Create what the parameter names by a POST to the collection above it, with the example of the document."""
        if name == "comment_id":
            return self.make_comment(owner, route.kind)
        if name in ("webhook_id", "delivery_id"):
            return {"id": make_webhook(self.people("admin"))[name]}
        if name == "token":
            with self.client.application.app_context():
                return {"id": create_unsubscribe_token(owner.id)}
        collection = route.path.partition(f"/{{{name}}}")[0]
        operation = self.document["paths"].get(collection, {}).get("post")
        assert operation, f"tell `Scene._make` in tests/access.py how to create the {name} of {route.path}"
        body = operation["requestBody"]["content"]["application/json"]["example"]
        reply = owner.post(collection.removeprefix("/api/v1"), json=body)
        hint = f"give each required field of POST {collection} metadata={{'example': ...}} in its schema"
        assert reply.status_code != 422, f"{hint}: {reply.text}"
        return _members(reply)

    def make_preview(self, owner: Person) -> dict[str, Any]:
        post = owner.write(f"Post {next(NUMBERS)}", status="draft")
        return _members(owner.post(f"/posts/{post['id']}/previews", json={}))

    def make_comment(self, owner: Person, kind: str) -> dict[str, Any]:
        post = self.editor.write(f"Post {next(NUMBERS)}")
        # The first comment of an account waits for an editor.
        author = owner if kind == COMMENTS[2] else self.people("reader")
        comment = _members(author.post(f"/posts/{post['id']}/comments", json={"content": "Well said."}))
        if kind == COMMENTS[0]:
            self.editor.patch(f"/comments/{comment['id']}", json={"status": "approved"})
        return comment

    def make_tag(self, *, on_a_post: bool) -> int:
        tag = _members(self.editor.post("/tags", json={"name": f"Tag {next(NUMBERS)}"}))
        if on_a_post:
            self.other.write(f"Post {next(NUMBERS)}", tags=[tag["name"]])
        return int(tag["id"])

    def body(self, route: Route) -> Any:
        """Return a valid request body: the OpenAPI example, except where it must refer to existing objects."""
        if route.path.endswith("/merge"):
            return {"into": self.make_tag(on_a_post=True)}
        if route.path.endswith("/moderate"):
            return {"ids": [self.make_comment(self.other, COMMENTS[1])["id"]], "status": "approved"}
        if route.path.endswith("/login"):
            return self.login
        operation = self.document["paths"].get(route.path, {}).get(route.method.lower(), {})
        return operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")

    def headers(self, route: Route, asker: Person | None, role: str) -> dict[str, str]:
        if asker is None:
            return {}
        if role in SCOPES:
            made = asker.post("/auth/tokens", json={"name": "Script", "scopes": SCOPES[role]})
            return {"Authorization": f"Bearer {_members(made)['token']}"}
        kind = "refresh_token" if route.path.endswith("/refresh") else "access_token"
        return {"Authorization": f"Bearer {asker.tokens[kind]}"}

    def outcome(self, route: Route, role: str) -> str:
        """Return the outcome: `yes`, the status of the denial, or a dash if there is no such object."""
        asker = self.asker(role)
        address = self.fill(route, asker)
        if address is None:
            return "–"
        sent: dict[str, Any] = {"json": self.body(route)}
        if (route.method, route.path) == ("POST", "/api/v1/media"):
            sent = {"data": {"file": (io.BytesIO(picture()), "x.png")}, "content_type": "multipart/form-data"}
        headers = self.headers(route, asker, role)
        reply = self.client.open(address, method=route.method, headers=headers, **sent)
        reply.close()
        assert reply.status_code < 500, (route, role, reply.text)
        return str(reply.status_code) if str(reply.status_code) in DENIED else "yes"


def _cannot_own(person: Person, arguments: tuple[str, ...]) -> bool:
    if arguments == ("media_id",):
        return person.username.startswith(("reader", "contributor"))
    return arguments in (("post_id",), ("slug",), ("key",)) and "reader" in person.username


def _members(reply: Any) -> dict[str, Any]:
    assert reply.status_code < 300, reply.text
    return dict(reply.json)


def make_scene(client: FlaskClient, people: Callable[..., Person]) -> Scene:
    """Create a scene in an empty database."""
    account = {"username": "hopper", "email": "hopper@example.com", "password": PASSWORD}
    assert client.post("/api/v1/auth/register", json=account).status_code == 201
    document = _members(client.get("/openapi.json"))
    login = {"username": "hopper", "password": PASSWORD}
    return Scene(client, people, document, people("author"), people("editor"), login)


HEADER = (
    "| Route | Object | Anonymous | Reader | Contributor | Author | Editor | Admin "
    "| `read` token | `read` + `write` token |"
)


def table(app: Flask, scene: Scene, known: Mapping[tuple[str, str], str] | None = None) -> list[str]:
    """Return the lines of the access table. Lines that are known by route and kind of object are not asked for."""
    known = known or {}
    lines = (known.get((route.name, route.kind)) or _line(scene, route) for route in routes(app))
    return [HEADER, "|---" * 10 + "|", *lines]


def _line(scene: Scene, route: Route) -> str:
    cells = [scene.outcome(route, role) for role in (*ROLES, *SCOPES)]
    return f"| {' | '.join([route.name, route.kind, *cells])} |"
