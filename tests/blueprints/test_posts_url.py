"""Tests of the URL of a post on the site, made from POST_URL."""

from __future__ import annotations

import pytest

from config import ConfigError, load

DATED = {
    "POST_URL": "https://example.com/{year}/{month}/{day}/{slug}-{id}/",
    "SITE_TIMEZONE": "Europe/Berlin",
}


def test_a_post_has_no_url_unless_the_site_is_known(people, client):
    post = people().write()
    assert post["url"] is None
    assert client.get(f"/api/v1/posts/{post['id']}").json == post
    assert client.get("/api/v1/posts").json["data"][0]["url"] is None


def test_every_response_has_the_url(people, make_client):
    ada, client = people(), make_client(POST_URL="https://example.com/{slug}/")
    body = {"title": "Hello", "content": "", "status": "published"}
    made = client.post("/api/v1/posts", json=body, headers=ada.headers)
    path, url = f"/api/v1/posts/{made.json['id']}", "https://example.com/hello/"
    assert made.json["url"] == url
    changed = client.patch(path, json={"title": "Other"}, headers=ada.headers)
    assert changed.json["url"] == url
    for _ in range(3):
        # The third response is a cached one.
        for address in (path, "/api/v1/posts/slug/hello"):
            reply = client.get(address)
            assert (reply.json["url"], reply.headers["ETag"]) == (url, changed.headers["ETag"])
        for query in ("", "?q=other", "?fields=url", "?fields=url,author"):
            (listed,) = client.get(f"/api/v1/posts{query}").json["data"]
            assert listed["url"] == url
    assert set(listed) == {"url", "author"}
    bulk = {"mode": "each", "operations": [{"op": "update", "id": made.json["id"], "data": {"slug": "new"}}]}
    result = client.post("/api/v1/posts/bulk", json=bulk, headers=ada.headers).json["results"][0]
    assert result["data"]["url"] == client.get(path).json["url"] == "https://example.com/new/"


@pytest.mark.parametrize(
    ("published_at", "date"),
    [
        ("2026-01-31T22:59:59Z", "2026/01/31"),
        ("2026-01-31T23:00:00Z", "2026/02/01"),
        ("2026-06-30T22:00:00Z", "2026/07/01"),
        ("0900-01-02T00:00:00Z", "0900/01/02"),
        ("9999-12-31T23:59:59Z", "9999/12/31"),
    ],
)
def test_the_date_is_that_of_the_time_zone_of_the_site(people, make_client, published_at, date):
    ada, client = people(), make_client(**DATED)
    body = {"title": "Hello", "content": "", "status": "published", "published_at": published_at}
    made = client.post("/api/v1/posts", json=body, headers=ada.headers)
    assert made.json["url"] == f"https://example.com/{date}/hello-{made.json['id']}/"
    assert client.get(f"/api/v1/posts/{made.json['id']}", headers=ada.headers).json == made.json


def test_a_draft_without_a_date_has_no_dated_url(people, make_client):
    ada = people()
    post = ada.write(status="draft")
    path = f"/api/v1/posts/{post['id']}"
    assert make_client(**DATED).get(path, headers=ada.headers).json["url"] is None
    undated = make_client(POST_URL="https://example.com/p/{id}").get(path, headers=ada.headers)
    assert undated.json["url"] == f"https://example.com/p/{post['id']}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("POST_URL", "https://example.com/"), ("POST_URL", "/{slug}"), ("POST_URL", "https://example.com/{name}/{slug}"),
     ("POST_URL", "https://example.com/{slug}/{"), ("POST_URL", "https://example.com/{slug!r}"),
     ("POST_URL", "https://example.com/{slug}\"x"), ("POST_URL", "ftp://example.com/{slug}"),
     ("POST_URL", "https://[x/{slug}"), ("POST_URL", "https://example.com:99999/{slug}"), ("POST_URL", "https:///{slug}"),
     ("POST_URL", "https://{slug}.example.com/"), ("TAG_URL", "https://user@example.com/{slug}"),
     ("SITE_TIMEZONE", "Europe"), ("SITE_TIMEZONE", "Nowhere/Town"), ("SITE_TIMEZONE", "../../etc/passwd")],
)  # fmt: skip
def test_an_invalid_setting_is_rejected(name, value):
    with pytest.raises(ConfigError) as caught:
        load({"APP_ENV": "testing", name: value})
    assert list(caught.value.errors) == [name]
