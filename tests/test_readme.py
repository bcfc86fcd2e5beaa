"""Tests of the README: its first session, its settings and its commands."""

from __future__ import annotations

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


def section(title: str) -> str:
    """Return the text of a section."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(title: str, kind: str) -> str:
    """Return the code blocks of this kind in a section, joined."""
    return "".join(re.findall(rf"```{kind}\n(.*?)```", section(title), re.DOTALL))


def shown_by(command: list[str], script: str = "", **environment: str) -> str:
    """Run a command with a script as its input, and return its output."""
    given = os.environ | environment
    done = subprocess.run(command, input=script, env=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pattern_of(line: str) -> str:
    """Return a regular expression for a line of output: any text in place of `...`, and any time and id."""
    pattern = re.escape(line).replace(re.escape(" ..."), ".*").replace(re.escape(" "), " ?")
    pattern = re.sub(r"2026\\-01\\-31T[0-9:.\\]+Z", r"[0-9T:.-]+Z", pattern)
    return pattern.replace('"id":1', '"id":[0-9]+')


SHELLS = {
    "bash": ["bash", "-e", "-u"],
    # As if pasted: interactive shells of zsh have no comments.
    "zsh": ["zsh", "-f", "-i"],
}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_sessions_of_the_readme_print_what_it_shows(app, database_url, tmp_path, shell):
    require("curl")
    _, *options = SHELLS[shell]
    script = blocks("Quick start", "sh") + blocks("API tokens for scripts", "sh")
    program = tmp_path / "posts.py"
    program.write_text(blocks("API tokens for scripts", "python"))
    with serve(database_url) as url:
        port = url.rpartition(":")[2]
        script += f"'{sys.executable}' '{program}'\n"
        shown = shown_by([require(shell), *options], script, PORT=port, PS1="", PS2="")
    printed = [line for line in shown.splitlines() if line]
    expected = blocks("Quick start", "json").splitlines()
    assert len(printed) == len(expected) + 1
    for line, example in zip(printed, expected, strict=False):
        assert re.fullmatch(pattern_of(example), line), (line, example)
    assert printed[-1] == "hello-world"


@pytest.mark.parametrize(
    ("database_url", "role"), [("sqlite", "author"), ("postgresql", "editor")], indirect=["database_url"]
)
def test_the_site_generator_script_reads_all_posts_with_a_token(people, database_url, role):
    ada, bob, program = people(role), people(), blocks("API tokens for scripts", "python")
    slugs = [
        ada.write(f"Post {number}", status=("draft", "published")[number % 2])["slug"] for number in range(23)
    ]
    others = [bob.write(f"Other {status}", status=status)["slug"] for status in ("draft", "published")]
    token = ada.post("/auth/tokens", json={"name": "Site generator", "scopes": ["read"]}).json["token"]
    with serve(database_url, SECRET_KEY=SECRET) as url:
        own = {"BLOG_API": f"{url}/api/v1", "BLOG_TOKEN": token}
        published = shown_by([sys.executable, "-c", program], **own).split()
        with_status = program.replace("query = {", 'query = {"status": "all", ')
        shown = shown_by([sys.executable, "-c", with_status], **own).split()
        refused = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | own | {"BLOG_TOKEN": "wrong"},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert sorted(shown) == sorted(slugs + (others if role == "editor" else []))
    assert sorted(published) == sorted([*slugs[1::2], others[1]])
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("HTTP Error 401")
    assert "Traceback" not in refused.stderr


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
