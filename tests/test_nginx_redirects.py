"""Tests of the file of redirects in a real nginx, configured as in docs/clients.md."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import quote

import pytest

from tests.nginx import serving
from tests.postgres import free_port

SITE = """
map_hash_bucket_size 2048;
map $uri $moved_to {{ include redirects; }}
server {{
    listen 127.0.0.1:{port};
    if ($moved_to) {{ return 301 $moved_to; }}
    return 404;
}}
"""
PATHS = ("/old/", "/%C3%B6/%22%5C", "/100%25", "/~user", "/$a{b};", "/Old/2", f"/{quote('é' * 150)}")


def targets(port, paths):
    """Return where nginx redirects each path, or the status."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    for path in paths:
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        yield reply.headers.get("Location", reply.status)
    connection.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nginx_reads_the_file_of_redirects(people, client):
    editor = people("editor")
    redirects = {path: f"https://example.com/new/{number}/$x" for number, path in enumerate(PATHS)}
    for path, target in redirects.items():
        body = {"from": quote(path, safe="/%~"), "to": target}
        assert editor.post("/redirects", json=body).status_code == 201
    text, port = client.get("/api/v1/redirects?format=nginx").text, free_port()
    with serving(SITE.format(port=port), port, redirects=text):
        asked = (*(quote(path, safe="/%~") for path in PATHS), "/other", "/old")
        expected = [*(target.replace("$", "%24") for target in redirects.values()), 404, 404]
        assert list(targets(port, asked)) == expected


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_redirect_to_another_case_does_not_loop_in_nginx(people, client):
    editor = people("editor")
    for path, target in (
        ("/Up.html", "/up.html"),
        ("/Wiki/%C3%96%22%5C", "https://example.com/wiki/%C3%96%22%5C"),
    ):
        assert editor.post("/redirects", json={"from": path, "to": target}).status_code == 201
    text, port = client.get("/api/v1/redirects?format=nginx").text, free_port()
    with serving(SITE.format(port=port), port, redirects=text):
        asked = ("/Up.html", "/up.html", "/Upxhtml", "/Wiki/%C3%96%22%5C", "/wiki/%C3%96%22%5C")
        found = list(targets(port, asked))
    up = f"http://127.0.0.1:{port}/up.html"
    assert found == [up, 404, 404, "https://example.com/wiki/%C3%96%22%5C", 404]
