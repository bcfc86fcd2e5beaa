"""Fixtures: two accounts, and attempts to log in."""

from __future__ import annotations

import pytest

from blog_api.crud import users as users_crud
from blog_api.database.session import transaction
from blog_api.security import passwords
from tests.blueprints.conftest import PASSWORD
from tests.blueprints.logins.helpers import AWAY


@pytest.fixture(scope="module")
def hashed():
    """Return a hash of PASSWORD."""
    return passwords.hash_password(PASSWORD)


@pytest.fixture
def accounts(app, hashed):
    """Create the accounts ada and grace, and return their ids."""
    with app.app_context(), transaction():
        made = [
            users_crud.create_user(name, email=f"{name}@example.com", password_hash=hashed)
            for name in ("ada", "grace")
        ]
        return {user.username: user.id for user in made}


@pytest.fixture
def attempt(accounts, make_client, monkeypatch):
    """Try to log in and return the response. Only PASSWORD is right."""
    monkeypatch.setattr(
        passwords, "verify_password", lambda stored, password: bool(stored) and password == PASSWORD
    )
    client = make_client(RATELIMIT_ENABLED="true", DB_POOL_SIZE="1")

    def attempt(name="ada", password="wrong", address=AWAY, **options):
        body = {"username": name, "password": password}
        where = {"REMOTE_ADDR": address}
        return client.post("/api/v1/auth/login", json=body, environ_overrides=where, **options)

    return attempt
