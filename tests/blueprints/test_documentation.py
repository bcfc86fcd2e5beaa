"""Pages outside the API: the root, the documentation and the problems."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import pytest

from blog_api.problems import PROBLEMS


@pytest.mark.parametrize("path", ["/", "/docs", "/docs/"])
def test_the_root_redirects_to_the_documentation(client, path):
    reply = client.get(path, follow_redirects=True)
    assert (reply.status_code, reply.request.path) == (200, "/docs/")
    assert "swagger-ui" in reply.text


def test_the_documentation_loads_all_files_from_the_service(client):
    page = client.get("/docs/").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 4
    for address in loaded:
        assert address == "../openapi.json" or re.match(r"\./[\w.-]+$", address), address
        assert client.get(urljoin("/docs/", address), buffered=True).status_code == 200
    for styles in ("/docs/docs.css", "/docs/swagger-ui.css"):
        assert not re.search(r"url\(\s*['\"]?(https?:)?//|@import", client.get(styles, buffered=True).text)


@pytest.mark.parametrize(
    "path", ["/docs/nothing.js", "/docs/../config.py", "/docs/%2e%2e/flask_swagger_ui.py"]
)
def test_the_documentation_serves_only_its_own_files(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_every_problem_has_a_page(client, name):
    reply = client.get(f"/problems/{name}")
    assert (reply.status_code, reply.content_type) == (200, "text/html; charset=utf-8")
    assert PROBLEMS[name].title in reply.text


def test_an_unknown_problem_is_not_found(client):
    assert client.get("/problems/nothing").json["type"] == "/problems/not-found"


def test_the_type_of_a_problem_is_the_url_of_its_page(client):
    problem = client.get("/api/v1/posts/1").json
    assert problem["title"] in client.get(problem["type"]).text
