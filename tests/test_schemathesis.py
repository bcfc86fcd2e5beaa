"""Schemathesis against the running service: what the document promises, tried with some thousand requests.

Settings are in schemathesis.toml, and what it cannot know, with the reasons, is in schemathesis_hooks.py.
Limits and what is invalid are decided before the database hears of them, and are tried on PostgreSQL alone: the table
of docs/input.md asks the same of both. What the database decides, found by search and by links, is tried on both.
A longer search: `make test ARGS="-k schemathesis"` with SCHEMATHESIS_EXAMPLES=200.
"""

from __future__ import annotations

import os
import subprocess

from config import PROJECT
from tests.apps import SECRET
from tests.service import launch
from tests.tools import require

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "10")


def test_schemathesis_finds_nothing(people, database_url):
    # The objects of the number 1, which the examples ask for, are there, and are somebody else's.
    people("author").write(tags=["a"])
    admin = people("admin")
    session = admin.get("/auth/sessions").json["data"][0]
    made = admin.post("/auth/tokens", json={"name": "Schemathesis", "scopes": ["write"]}).json
    variables = {
        "SCHEMATHESIS_ACCESS_TOKEN": admin.tokens["access_token"],
        "SCHEMATHESIS_API_TOKEN": made["token"],
        "SCHEMATHESIS_REFRESH_TOKEN": admin.tokens["refresh_token"],
        "SCHEMATHESIS_USER_ID": str(admin.id),
        "SCHEMATHESIS_SESSION_ID": str(session["id"]),
        "SCHEMATHESIS_TOKEN_ID": str(made["id"]),
        "PYTHONPATH": str(PROJECT),
    }
    command = [require("schemathesis"), "--config-file", "tests/schemathesis.toml", "run", "--no-color"]
    command += ["--request-timeout", "20", "--max-examples", EXAMPLES]
    if database_url.startswith("sqlite"):
        command += ["--mode", "positive", "--phases", "examples,fuzzing,stateful"]
    with launch(database_url, SECRET_KEY=SECRET, LOG_LEVEL="ERROR") as service:
        command.append(f"{service.url}/openapi.json")
        done = subprocess.run(
            command, cwd=PROJECT, env=os.environ | variables, timeout=1500, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        # Else the rest of the run would have been refused, which passes for conduct.
        assert admin.get("/users/me").status_code == 200
        assert "Traceback" not in service.read_output()
