"""Users for the tests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from blog_api.database.session import db
from tests.apps import SECRET
from tests.sql import Sql

# Not the hash of any password.
NO_HASH = "none"
# Lifetime of an access token in seconds.
TOKEN_SECONDS = 900


@dataclass(frozen=True)
class Person:
    """A logged-in user, with a client that sends the access token."""

    id: int
    username: str
    tokens: dict[str, Any]
    client: FlaskClient

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def request(self, method: str, path: str, **options: Any) -> TestResponse:
        """Send a request to a path below /api/v1 with the access token."""
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
        """Create a post, published by default, and return its JSON."""
        reply = self.post("/posts", json={"title": title, "content": "Text.", "status": "published"} | fields)
        assert reply.status_code == 201, reply.text
        post = reply.json
        assert post is not None
        return dict(post)


def create_person(app: Flask, role: str, username: str) -> Person:
    """Create a logged-in user directly in the database, without hashing a password."""
    with app.app_context():
        sql = Sql(db.engine)
    now = datetime.now(UTC)
    user_id = sql.one(
        """
        INSERT INTO users (username, username_key, email, email_key, password_hash, display_name, role, is_active)
        VALUES (:username, :key, :email, :email_key, :password_hash, :username, :role, true) RETURNING id
        """,
        username=username,
        key=username.casefold(),
        email=f"{username}@example.com",
        email_key=f"{username}@example.com".casefold(),
        password_hash=NO_HASH,
        role=role,
    )
    jti, expires = str(uuid.uuid4()), now + timedelta(days=30)
    session_id = sql.one(
        """
        INSERT INTO sessions (user_id, refresh_jti, user_agent, address, expires_at)
        VALUES (:user_id, :jti, 'tests', '127.0.0.1', :expires) RETURNING id
        """,
        user_id=user_id,
        jti=jti,
        expires=expires,
    )
    claims = {
        "sub": str(user_id),
        "sid": session_id,
        "iat": now,
        "nbf": now,
        "iss": "blog_api",
        "aud": "blog_api",
    }
    access = claims | {
        "type": "access",
        "jti": str(uuid.uuid4()),
        "exp": now + timedelta(seconds=TOKEN_SECONDS),
    }
    refresh = claims | {"type": "refresh", "jti": jti, "exp": expires}
    tokens = {
        "access_token": jwt.encode(access, SECRET, algorithm="HS256"),
        "refresh_token": jwt.encode(refresh, SECRET, algorithm="HS256"),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
    }
    return Person(user_id, username, tokens, app.test_client())
