"""Test the running service against its OpenAPI document with Schemathesis, in a few thousand requests.

The settings are in schemathesis.toml, the exceptions and their reasons in schemathesis_hooks.py. Limits and invalid
input are checked before the database is used, so they are tested on PostgreSQL only; the table in docs/input.md covers
both databases. Generated and linked requests, which depend on the database, run on both. For more examples: `make test
ARGS="-k schemathesis"` with SCHEMATHESIS_EXAMPLES=200.
"""

from __future__ import annotations

import os
import subprocess

from config import PROJECT
from tests.apps import SECRET
from tests.service import launch
from tests.tools import require

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "1")


def test_schemathesis_finds_no_failures(people, database_url):
    # The objects with id 1, which the examples use, exist and belong to another user.
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
        # Otherwise the rest of the run was only rejected, which counts as valid responses.
        assert admin.get("/users/me").status_code == 200
        assert "Traceback" not in service.read_output()
