"""Tests of the README: its first session, its settings and its commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import SETTINGS
from tests.apps import SECRET
from tests.service import serve
from tests.tools import require

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PRINTED_URL = "http://127.0.0.1:8000"


def section(title: str) -> str:
    """Return the text of a section."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.fixture
def transcript(app, database_url, tmp_path) -> list[str]:
    """Run the commands of the first session, and return their output."""
    require("curl")
    (commands,) = re.findall(r"```sh\n(.*?)```", section("Quick start"), re.DOTALL)
    assert PRINTED_URL in commands
    with serve(database_url) as url:
        # Responses do not end with a newline, so add one.
        script = "set -euo pipefail\n" + commands.replace(PRINTED_URL, url).replace(
            "curl -sS", "curl -sS -w '\\n'"
        )
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip("\n").split("\n")


def test_the_first_session_produces_the_printed_output(transcript):
    registered, published, by_slug, by_tag = map(json.loads, transcript)
    assert registered["username"] == "ada"
    assert published["status"] == "published"
    assert by_slug == published
    assert [tag["name"] for tag in by_slug["tags"]] == ["Flask", "Open Source", "Python"]
    assert by_tag["data"] == [
        {"id": published["id"], "title": "Hello, world", "published_at": published["published_at"]}
    ]


def printed(command, environment):
    """Run a command, and return its output."""
    given = os.environ | environment
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("role", ["author", "editor"])
def test_the_site_generator_script_reads_all_posts_with_a_token(people, database_url, role):
    require("curl")
    ada, bob, text = people(role), people(), section("API tokens for scripts")
    slugs = [
        ada.write(f"Post {number}", status=("draft", "published")[number % 2])["slug"] for number in range(23)
    ]
    others = [bob.write(f"Other {status}", status=status)["slug"] for status in ("draft", "published")]
    (command,), (program,) = (
        re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("sh", "python")
    )
    with serve(database_url, SECRET_KEY=SECRET) as url:
        api = f"{url}/api/v1"
        given = {"API": api, "JSON": "Content-Type: application/json", "ACCESS": ada.tokens["access_token"]}
        made = json.loads(printed(["bash", "-c", command], given))
        own = {"BLOG_API": api, "BLOG_TOKEN": made["token"]}
        published = printed([sys.executable, "-c", program], own).split()
        with_status = program.replace("query = {", 'query = {"status": "all", ')
        shown = printed([sys.executable, "-c", with_status], own).split()
    assert made["expires_at"] == "2099-01-01T00:00:00Z"
    assert sorted(shown) == sorted(slugs + (others if role == "editor" else []))
    assert sorted(published) == sorted([*slugs[1::2], others[1]])


def test_the_table_of_settings_is_complete():
    rows = [line.split("|")[1] for line in section("Settings").splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(SETTINGS)


def test_all_commands_in_the_readme_exist(app):
    table = section("Commands").split("\n### ")[0]
    named = {
        words.split()[0]
        for row in table.splitlines()
        if row.startswith("| `")
        for words in re.findall(r"`([^`]+)`", row.split("|")[1])
    }
    assert named <= set(app.cli.list_commands(None)) | {"db"}
    assert set(app.cli.list_commands(None)) - named <= {"openapi"}
