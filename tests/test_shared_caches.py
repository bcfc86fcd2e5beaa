"""Tests of shared caches in front of the real service: purging by key with Varnish, expiry with nginx."""

from __future__ import annotations

import sqlite3
import time
from urllib.parse import urlsplit

import pytest

from tests.http import ask
from tests.nginx import serving
from tests.postgres import free_port
from tests.service import launch, log_in, post
from tests.varnish import varnish

NGINX = """
proxy_cache_path cache keys_zone=blog:1m;
server {{
    listen 127.0.0.1:{port};
    location / {{
        proxy_pass http://{service};
        proxy_cache blog;
        proxy_no_cache $http_authorization;
        proxy_cache_bypass $http_authorization;
        add_header X-Cache $upstream_cache_status;
    }}
}}
"""


@pytest.fixture
def database(tmp_path):
    return tmp_path / "blog.db"


@pytest.fixture
def service(database):
    with launch(
        f"sqlite:///{database}", MIGRATE_ON_START="true", WEB_CONCURRENCY="1", EDGE_SECONDS="600"
    ) as running:
        yield running


def purge(url, *keys):
    reply = ask(url, "PURGE", "/", headers={"Surrogate-Key": " ".join(keys)})
    assert reply.status == 204


def test_varnish_serves_no_old_page_after_a_purge_and_keeps_the_others(service, database):
    token = log_in(service.url)
    made = [
        ask(service.url, "POST", "/api/v1/posts", post(f"Post {n}", tags=[f"t{n}"]), token=token).json
        for n in (1, 2)
    ]
    (author,) = {one["author"]["id"] for one in made}
    first, second = (f"/api/v1/posts/{one['id']}" for one in made)
    tagged, empty, everything = "/api/v1/posts?tag=t2", "/api/v1/posts?tag=t9", "/api/v1/posts"
    pages = (first, second, tagged, empty, everything, f"/api/v1/users/{author}")
    with varnish(service.url) as url:
        before = {page: ask(url, "GET", page) for page in pages}
        assert {reply.status for reply in before.values()} == {200}
        assert not {"Surrogate-Key", "Cache-Tag"} & set(before[first].headers)
        # Changed behind the back of the service: only what is fetched again shows it.
        with sqlite3.connect(database) as connection:
            connection.execute("UPDATE posts SET title = 'New ' || id")
        assert [ask(url, "GET", page).body for page in pages] == [before[page].body for page in pages]
        purge(url, f"post-{made[0]['id']}")
        changed = {page for page in pages if ask(url, "GET", page).body != before[page].body}
        assert changed == {first, everything}
        # A private response is never kept, and none that is kept goes to someone who is logged in.
        draft = ask(url, "PATCH", first, {"status": "draft"}, token=token)
        assert draft.status == 200
        assert ask(url, "GET", first, token=token).json["status"] == "draft"
        purge(url, f"post-{made[0]['id']}", "posts", f"tag-{made[1]['tags'][0]['id']}")
        assert ask(url, "GET", first).status == 404
        assert ask(url, "GET", tagged).json["data"][0]["title"] == f"New {made[1]['id']}"
        assert ask(url, "PURGE", "/", headers={"Surrogate-Key": ".*"}).status == 400


def test_an_empty_list_is_purged_by_the_tag_of_its_filter(service):
    token = log_in(service.url)
    draft = ask(
        service.url, "POST", "/api/v1/posts", post("Draft", status="draft", tags=["new"]), token=token
    ).json
    page = "/api/v1/posts?tag=new"
    with varnish(service.url) as url:
        assert ask(url, "GET", page).json["data"] == []
        ask(url, "PATCH", f"/api/v1/posts/{draft['id']}", {"status": "published"}, token=token)
        assert ask(url, "GET", page).json["data"] == []
        purge(url, f"tag-{draft['tags'][0]['id']}")
        assert [one["id"] for one in ask(url, "GET", page).json["data"]] == [draft["id"]]


def test_nginx_keeps_responses_until_they_expire(database):
    port = free_port()
    with launch(
        f"sqlite:///{database}", MIGRATE_ON_START="true", WEB_CONCURRENCY="1", EDGE_SECONDS="2"
    ) as service:
        token = log_in(service.url)
        made = ask(service.url, "POST", "/api/v1/posts", post("Old"), token=token).json
        page = f"/api/v1/posts/{made['id']}"
        site = NGINX.format(port=port, service=urlsplit(service.url).netloc)
        with serving(site, port):
            url = f"http://127.0.0.1:{port}"
            assert ask(url, "GET", page).headers["X-Cache"] == "MISS"
            ask(service.url, "PATCH", page, {"title": "New"}, token=token)
            assert ask(url, "GET", page, token=token).json["title"] == "New"
            deadline = time.monotonic() + 30
            while ask(url, "GET", page).json["title"] == "Old":
                assert time.monotonic() < deadline
                time.sleep(0.2)
