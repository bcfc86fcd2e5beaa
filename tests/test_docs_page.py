"""Tests of /docs in a real browser without network access."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.browser import browser
from tests.http import ask
from tests.service import PASSWORD, serve
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


SET_VALUE = """
(() => {
  const input = document.querySelector(".auth-container input");
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, %s);
  input.dispatchEvent(new Event("input", { bubbles: true }));
})()
"""


def execute(tab, operation):
    """Press "Try it out" and "Execute" of an operation, and return the status that the page shows."""
    block = f"#operations-{operation}"
    for button in (".opblock-summary-control", ".try-out__btn", ".execute"):
        tab.click(f"{block} {button}")
    status = f"{block} .live-responses-table .response .response-col_status"
    return tab.wait(f"document.querySelector({json.dumps(status)}).textContent")


def count(tab, selector):
    return tab.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")


def test_try_it_out_works_with_one_token_that_is_kept_over_a_reload(url, tmp_path):
    login = {"username": "mary", "password": PASSWORD}
    ask(url, "POST", "/api/v1/auth/register", login | {"email": "mary@example.com"})
    token = ask(url, "POST", "/api/v1/auth/login", login).json["access_token"]
    with browser(tmp_path) as tab:
        tab.open(f"{url}/docs/")
        tab.click(".btn.authorize.unlocked")
        tab.wait("document.querySelector('.auth-container input') !== null")
        assert count(tab, ".auth-container input") == 1
        tab.evaluate(SET_VALUE % json.dumps(token))
        tab.click(".auth-btn-wrapper .authorize")
        tab.open(f"{url}/docs/?reloaded")
        tab.wait(
            "document.querySelector('#operations-posts-create_post .authorization__btn .locked') !== null"
        )
        # Only protected operations have a lock, and the token closes all of them.
        assert count(tab, "#operations-posts-list_posts .authorization__btn") == 0
        assert count(tab, ".authorization__btn .unlocked") == 0
        assert execute(tab, "posts-create_post") == "201"
        assert execute(tab, "posts-list_posts") == "200"
        assert execute(tab, "posts-update_post") == "200"
        folded = "#operations-posts-create_post .folded details"
        assert count(tab, folded) >= 8
        assert count(tab, f"{folded}[open]") == 0


def test_the_page_fits_a_narrow_window(url, tmp_path):
    with browser(tmp_path) as tab:
        tab.open(f"{url}/docs/", width=390, height=844)
        tab.click("#operations-posts-create_post .opblock-summary-control")
        tab.wait("document.querySelector('#operations-posts-create_post .try-out__btn') !== null")
        assert tab.evaluate("document.documentElement.scrollWidth") == 390
