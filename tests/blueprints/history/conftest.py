"""Fixtures: an author and a post, the address of the post, and that of its working copy."""

from __future__ import annotations

import pytest


@pytest.fixture
def ada(people):
    return people("author", "ada")


@pytest.fixture
def post(ada):
    return ada.write("Hello", content="Base.", tags=["Python"])


@pytest.fixture
def path(post):
    return f"/posts/{post['id']}"


@pytest.fixture
def copy(path):
    return f"{path}/working-copy"
