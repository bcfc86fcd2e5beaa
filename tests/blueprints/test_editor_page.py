"""/examples/editor/, the example of an editing client."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

from config import PROJECT
from tests.apps import SECRET

EDITOR = PROJECT / "examples" / "editor"
PAGE = "/examples/editor/"


def test_the_editor_loads_only_its_own_files(client):
    reply = client.get(PAGE, buffered=True)
    assert (reply.status_code, reply.content_type) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', reply.text)
    assert loaded == ["editor.css", "editor.js"]
    for file in EDITOR.glob("*.[cj]s*"):
        reply = client.get(urljoin(PAGE, file.name), buffered=True)
        assert reply.status_code == 200
        assert "Content-Security-Policy" in reply.headers
        # No other hosts, no inline scripts and no HTML made of text.
        assert not re.search(r"https?://|innerHTML|<script>|\son\w+=|style=", reply.text)


def test_the_editor_is_short():
    assert sum(len(file.read_text("utf-8").splitlines()) for file in EDITOR.iterdir()) < 540


@pytest.mark.parametrize("path", ["nothing.js", "../tasks/README.md", "%2e%2e/%2e%2e/config.py", ""])
def test_the_editor_does_not_exist_in_production_and_serves_only_its_own_files(client, make_client, path):
    if path:
        assert client.get(PAGE + path).status_code == 404
    production = make_client(APP_ENV="production", SECRET_KEY=SECRET)
    assert production.get(PAGE + path).status_code == 404
    assert production.get(f"{PAGE}index.html").status_code == 404
