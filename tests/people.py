"""Somebody who asks in the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blog_api.auth.tokens import make_tokens, new_jti, refresh_expiry
from blog_api.crud import sessions as sessions_crud
from blog_api.crud import users as users_crud
from blog_api.database.session import transaction

# Of no password.
NO_HASH = "none"


@dataclass(frozen=True)
class Person:
    """Somebody logged in, with a client that sends their token."""

    id: int
    username: str
    tokens: dict[str, Any]
    client: FlaskClient

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def request(self, method: str, path: str, **options: Any) -> TestResponse:
        """Ask for a path below /api/v1 with the token."""
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.request("POST", path, json=json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.request("PATCH", path, json=json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.request("PUT", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.request("DELETE", path, **options)

    def write(self, title: str = "Hello", **fields: Any) -> dict[str, Any]:
        """Write a post, published unless `status` says otherwise; gives it as the API shows it."""
        reply = self.post("/posts", json={"title": title, "content": "Text.", "status": "published"} | fields)
        assert reply.status_code == 201, reply.text
        post = reply.json
        assert post is not None
        return dict(post)


def make_person(app: Flask, role: str, username: str) -> Person:
    """Somebody new, logged in. No password is hashed."""
    with app.app_context():
        with transaction():
            user = users_crud.create_user(
                username, email=f"{username}@example.com", role=role, password_hash=NO_HASH
            )
            jti = new_jti()
            session_id = sessions_crud.create_session(
                user.id, NO_HASH, jti, refresh_expiry(), user_agent="tests", address="127.0.0.1"
            )
            user_id = user.id
            assert session_id is not None
        tokens = make_tokens(user_id, session_id, jti)
    return Person(user_id, username, tokens, app.test_client())
