"""Feeds are cached and validated like the list of posts."""

from __future__ import annotations

import pytest

from blog_api.database.session import db
from tests.feeds import ATOM, FORMATS, JSON, parse
from tests.statements import recorded_statements


@pytest.mark.parametrize("path", FORMATS)
def test_an_unchanged_feed_is_304_and_cached_until_a_write(people, site, path):
    ada = people()
    ada.write("One", tags=["a"])
    first, second = (site.get(f"{path}?tag=a") for _ in range(2))
    with site.application.app_context():
        engine = db.engine
    with recorded_statements(engine) as statements:
        cached = site.get(f"{path}?tag=a")
        known = site.get(f"{path}?tag=a", headers={"If-None-Match": first.headers["ETag"]})
        head = site.head(f"{path}?tag=a")
    assert len(statements) == 3
    assert not any("FROM posts" in statement for statement in statements)
    assert first.data == second.data == cached.data
    own = {"X-Request-ID": ""}
    assert {**first.headers, **own} == {**cached.headers, **own} == {**head.headers, **own}
    assert (known.status_code, known.data, known.headers["ETag"]) == (304, b"", first.headers["ETag"])
    ada.write("Two", tags=["a"])
    fresh = site.get(f"{path}?tag=a", headers={"If-None-Match": first.headers["ETag"]})
    assert fresh.status_code == 200
    assert "Two" in fresh.text


@pytest.mark.parametrize("path", FORMATS)
def test_shared_caches_get_the_keys_of_the_list(people, site, path):
    ada = people()
    ada.write(tags=["a", "b"])
    for query in ("", "?tag=a", "?tag=none", f"?author={ada.id}"):
        listed, feed = (site.get(f"{start}{query}").headers for start in ("/api/v1/posts", path))
        for name in ("Cache-Control", "Cache-Tag", "Surrogate-Key", "Vary"):
            assert feed[name] == listed[name]


def test_a_feed_changes_with_its_posts_only(people, site):
    ada = people()
    post, other = ada.write("One", tags=["a"]), ada.write("Two")
    before = site.get(f"{ATOM}?tag=a").data
    ada.patch(f"/posts/{other['id']}", json={"title": "Other"})
    assert site.get(f"{ATOM}?tag=a").data == before
    changed = ada.patch(f"/posts/{post['id']}", json={"title": "Other"})
    after = parse(site.get(f"{ATOM}?tag=a"))
    assert after.feed.updated == after.entries[0].updated == changed.json["updated_at"]


def test_the_prefix_of_the_service_is_not_in_the_address_of_a_feed(people, make_client):
    people().write()
    settings = {"PUBLIC_URL": "https://api.example.com/blog", "POST_URL": "https://example.com/{slug}/"}
    client = make_client(**settings)
    for path in (JSON, f"/blog{JSON}"):
        feed = client.get(path).json
        assert (feed["feed_url"], feed["home_page_url"]) == (
            f"https://example.com{JSON}",
            "https://example.com/",
        )
    problem = client.get(f"{JSON}?status=draft").json
    assert problem["instance"] == f"https://api.example.com/blog{JSON}"
