"""Tests of /docs in a real browser without network access."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.service import serve
from tests.tools import require

ALONE = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--enable-logging=stderr", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    f"--host-resolver-rules={ALONE}", "--virtual-time-budget=20000", "--dump-dom",
)  # fmt: skip


def browse(url: str, folder: Path) -> tuple[str, list[str]]:
    """Return the page after running its scripts, and the URLs that it requested."""
    log = folder / "net.json"
    command = [
        require("chromium"),
        *OPTIONS,
        f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={log}",
        url,
    ]
    done = subprocess.run(command, timeout=120, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # The browser reports violations of the policy on the console.
    assert "Content Security Policy" not in done.stderr
    return done.stdout, requests_of_the_page(json.loads(log.read_text()), url)


def requests_of_the_page(log: dict[str, Any], url: str) -> list[str]:
    """Return the URLs requested in a Chromium log, except for requests of the browser itself."""
    kind = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    requests = [event.get("params", {}) for event in log["events"] if event["type"] == kind]
    own = {"not an origin", "", None}
    return [
        r["url"]
        for r in requests
        if "url" in r and (r.get("initiator") not in own or r["url"].startswith(url))
    ]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory):
    database = tmp_path_factory.mktemp("docs") / "docs.db"
    with serve(f"sqlite:///{database}", MIGRATE_ON_START="true") as address:
        yield address


def test_swagger_ui_shows_all_operations_without_requests_to_other_hosts(url, tmp_path):
    page, asked = browse(f"{url}/", tmp_path)
    for summary in ("Create a post", "Get a post by its slug", "Register an account", "Create a tag"):
        assert summary in page
    with urllib.request.urlopen(f"{url}/openapi.json", timeout=10) as reply:
        paths = json.loads(reply.read())["paths"]
    operations = sum(len(item.keys() - {"parameters"}) for item in paths.values())
    assert page.count('class="opblock-summary-description"') == operations
    assert {urlsplit(address).hostname for address in asked} == {"127.0.0.1"}
    assert f"{url}/openapi.json" in asked
    assert any(address.endswith("/docs/swagger-ui-bundle.js") for address in asked)


def test_the_browser_log_shows_requests_to_other_hosts(url, tmp_path):
    """Verify the method of the test above."""
    page = tmp_path / "page.html"
    page.write_text(
        f'<img src="{url}/docs/favicon-32x32.png"><img src="http://elsewhere.example/picture.png">'
    )
    _, asked = browse(page.as_uri(), tmp_path)
    assert {urlsplit(address).hostname for address in asked} >= {"127.0.0.1", "elsewhere.example"}
