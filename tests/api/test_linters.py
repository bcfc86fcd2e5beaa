"""Spectral and Redocly find nothing in the OpenAPI document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.apps import make_app
from tests.node_tools import node_modules, run_node

# Not ambiguous: an id is a number, so {post_id} never matches `slug`. The linter ignores the type.
AMBIGUOUS = (
    "posts~1{post_id}~1like",
    "posts~1{post_id}~1neighbours",
    "posts~1{post_id}~1previews",
    "posts~1{post_id}~1related",
    "posts~1{post_id}~1restore",
    "posts~1{post_id}~1revisions",
    "posts~1{post_id}~1working-copy",
    "posts~1slug~1{slug}",
    "tags~1{tag_id}~1merge",
    "users~1by-username~1{username}",
)
IGNORED = {"no-ambiguous-paths": [f"#/paths/~1api~1v1~1{path}" for path in AMBIGUOUS]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the document and the settings of both linters."""
    app = make_app(f"sqlite:///{tmp_path / 'empty.db'}")
    (tmp_path / "openapi.json").write_bytes(app.test_client().get("/openapi.json").data)
    (tmp_path / ".redocly.lint-ignore.yaml").write_text(json.dumps({"openapi.json": IGNORED}))
    (tmp_path / ".spectral.yaml").write_text('extends: ["spectral:oas"]')
    return tmp_path


def test_redocly_finds_nothing(folder):
    command = [str(node_modules() / ".bin/redocly"), "lint", "--extends=recommended-strict", "--format=json"]
    lint = run_node([*command, "openapi.json"], folder)
    assert json.loads(lint.stdout)["problems"] == [], lint.stdout
    assert lint.returncode == 0, lint.stderr


def test_spectral_finds_nothing(folder):
    command = [
        str(node_modules() / ".bin/spectral"),
        "lint",
        "--format=json",
        "--quiet",
        "--fail-severity=hint",
    ]
    lint = run_node([*command, "openapi.json"], folder)
    assert json.loads(lint.stdout) == [], lint.stdout
    assert lint.returncode == 0, lint.stderr
