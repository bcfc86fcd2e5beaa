"""The sitemap lists what search engines should find, in parts if there is much of it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from blog_api.context import BATCH_SECONDS, seconds_left
from blog_api.crud import sitemap
from blog_api.database.session import db
from blog_api.services import sitemaps
from tests.feeds import RFC3339, xml_of
from tests.statements import recorded_statements

SITEMAP, ROBOTS = "/sitemap.xml", "/robots.txt"
NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()
PARTS = ("posts", "tags", "authors")


def urls(reply, container="urlset"):
    """Return the URLs in a sitemap or an index with the times of their last change, after checking its format."""
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "application/xml; charset=utf-8"
    root = xml_of(reply.data)
    assert root.tag == f"{NAMESPACE}{container}"
    found = {}
    for child in root:
        assert child.tag == NAMESPACE + {"urlset": "url", "sitemapindex": "sitemap"}[container]
        members = {member.tag.removeprefix(NAMESPACE): member.text or "" for member in child}
        assert set(members) == ({"loc", "lastmod"} if container == "urlset" else {"loc"})
        assert urlsplit(members["loc"]).scheme == "https"
        assert container != "urlset" or RFC3339.fullmatch(members["lastmod"])
        assert members["loc"] not in found
        found[members["loc"]] = members.get("lastmod")
    # The schema requires an element.
    assert found
    return found


@pytest.fixture
def small_parts(monkeypatch):
    """Divide sitemaps after two URLs, and read them row by row."""
    monkeypatch.setattr(sitemaps, "MAX_URLS", 2)
    monkeypatch.setattr(sitemaps, "ROWS", 1)
    monkeypatch.setattr(sitemaps, "ROWS_OF_INDEX", 1)


@pytest.mark.parametrize("path", [SITEMAP, ROBOTS, "/sitemaps/posts-1.xml"])
def test_sitemaps_need_the_address_of_posts(people, client, path):
    people().write()
    reply = client.get(path)
    assert (reply.status_code, reply.json["type"]) == (404, "/problems/not-found")
    assert "POST_URL" in reply.json["detail"]


def test_the_sitemap_lists_what_everyone_should_find(people, site):
    editor, ada, bob = people("editor", "editor"), people(username="ada"), people(username="bob")
    times = {"published_at": "2026-01-01T00:00:00Z"}
    post = ada.write("Post", tags=["Open Source", "Other"], **times)
    page = ada.write("Page", kind="page", tags=["Other"], published_at="2026-02-01T00:00:00Z")
    own = editor.write("Own", canonical_url="https://example.com/2026/own/", **times)
    bob.write("Elsewhere", canonical_url="https://elsewhere.example/", tags=["Of Elsewhere"], **times)
    editor.write("Hidden", noindex=True, **times)
    editor.write("Draft", status="draft", tags=["Of a draft"])
    editor.write("Scheduled", published_at=LATER)
    editor.write("Archived", status="archived", **times)
    editor.delete(f"/posts/{editor.write('Trashed')['id']}")
    changed = {
        one["slug"]: site.get(f"/api/v1/posts/{one['id']}").json["updated_at"] for one in (post, page, own)
    }
    january, february = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
    assert urls(site.get(SITEMAP)) == {
        **{f"https://example.com/2026/{slug}/": time for slug, time in changed.items()},
        "https://example.com/topics/open-source/": january,
        "https://example.com/topics/other/": february,
        "https://example.com/topics/of-elsewhere/": january,
        "https://example.com/authors/editor/": january,
        "https://example.com/authors/ada/": february,
        "https://example.com/authors/bob/": january,
    }
    assert urls(site.get("/sitemaps/posts-1.xml")) == {
        f"https://example.com/2026/{slug}/": time for slug, time in changed.items()
    }
    assert site.get(SITEMAP, headers=editor.headers).data == site.get(SITEMAP).data


def test_tags_and_authors_need_addresses(people, make_client):
    people().write(tags=["a"])
    client = make_client(POST_URL="https://example.com/?p={id}&a=b")
    (url,) = urls(client.get(SITEMAP))
    assert re.fullmatch(r"https://example\.com/\?p=\d+&a=b", url)
    assert [client.get(f"/sitemaps/{part}-1.xml").status_code for part in PARTS] == [200, 404, 404]


def test_a_large_sitemap_is_an_index_of_parts_that_are_not_empty(people, site, sql, small_parts):
    ada = people()
    posts = [ada.write(f"Post {number}", tags=["a"] if number < 6 else []) for number in range(7)]
    first = posts[0]["id"]
    # A gap of several parts, and a part without anything to list.
    hidden = {"noindex": True}
    for post in posts[2:4]:
        ada.patch(f"/posts/{post['id']}", json=hidden)
    ada.patch(f"/posts/{posts[5]['id']}", json={"canonical_url": "https://elsewhere.example/"})
    sql("UPDATE posts SET id = id + 1000 WHERE id = :id", id=posts[6]["id"])
    index = urls(site.get(SITEMAP), "sitemapindex")
    listed: dict[str, str] = {}
    for url in index:
        assert re.fullmatch(r"https://example\.com/sitemaps/(posts|tags|authors)-[1-9]\d*\.xml", url)
        part = urls(site.get(urlsplit(url).path))
        assert len(part) <= 2
        assert not set(part) & set(listed)
        listed |= part
    shown = [*posts[:2], posts[4], posts[6]]
    year = datetime.now(UTC).year
    assert set(listed) == {
        *(f"https://example.com/{year}/{post['slug']}/" for post in shown),
        "https://example.com/topics/a/",
        f"https://example.com/authors/{ada.username}/",
    }
    names = [urlsplit(url).path for url in index]
    expected = {(post_id - 1) // 2 + 1 for post_id in (first, first + 1, first + 4, first + 1006)}
    assert [name for name in names if "posts" in name] == [
        f"/sitemaps/posts-{n}.xml" for n in sorted(expected)
    ]


def test_a_post_stays_in_its_part(people, site, small_parts):
    ada = people()
    posts = [ada.write(f"Post {number}") for number in range(5)]
    path = f"/sitemaps/posts-{(posts[4]['id'] - 1) // 2 + 1}.xml"
    before = urls(site.get(path))
    ada.delete(f"/posts/{posts[0]['id']}")
    ada.write("New")
    assert before.items() <= urls(site.get(path)).items()


def test_there_is_no_empty_sitemap(people, site, small_parts):
    assert site.get(SITEMAP).status_code == 404
    ada = people()
    for number in range(3):
        ada.write(f"Post {number}", noindex=True)
    # Three posts could be listed, but search engines should skip all of them.
    assert list(urls(site.get(SITEMAP), "sitemapindex")) != []
    assert site.get("/sitemaps/posts-1.xml").status_code == 404
    for number in (999, 2**62, 2**63 - 1, 2**63, 2**80):
        assert site.get(f"/sitemaps/posts-{number}.xml").status_code == 404


@pytest.mark.parametrize("path", ["/sitemaps/posts-0.xml", "/sitemaps/posts-01.xml", "/sitemaps/other-1.xml",
    "/sitemaps/posts-x.xml", "/sitemaps/", "/sitemaps", "/sitemap.xml/"])  # fmt: skip
def test_other_paths_are_404(people, site, path):
    people().write()
    assert site.get(path).status_code == 404


@pytest.mark.parametrize("path", [SITEMAP, ROBOTS, "/sitemaps/posts-1.xml"])
def test_sitemaps_take_no_parameters(people, site, path):
    people().write()
    assert site.get(f"{path}?page=2").status_code == 422


def test_no_connection_is_held_while_the_client_receives_the_sitemap(people, site, monkeypatch):
    """The app has a single connection, which another request uses between two batches."""
    monkeypatch.setattr(sitemaps, "ROWS", 1)
    ada = people()
    posts = [ada.write(f"Post {number}") for number in range(3)]
    reply = site.get(SITEMAP, buffered=False)
    pieces = reply.iter_encoded()
    received = b"".join(next(pieces) for _ in range(2))
    assert b"/post-0/" in received
    with ThreadPoolExecutor(1) as other:
        hidden = other.submit(ada.patch, f"/posts/{posts[1]['id']}", json={"noindex": True})
        assert hidden.result().status_code == 200
        assert len(other.submit(site.get, "/api/v1/posts").result().json["data"]) == 3
    rest = b"".join(pieces)
    reply.close()
    assert b"/post-1/" not in rest
    assert b"/post-2/" in rest
    assert rest.endswith(b"</urlset>\n")


def test_the_database_cannot_block_a_sitemap_that_is_being_sent(people, site, monkeypatch):
    people().write()
    left = []

    def read_batch(*arguments):
        left.append(seconds_left())
        return sitemap.read_batch(*arguments)

    monkeypatch.setattr(sitemaps, "read_batch", read_batch)
    assert len(urls(site.get(SITEMAP))) == 2
    assert len(left) == len(PARTS)
    assert max(left) <= BATCH_SECONDS


@pytest.mark.parametrize("number", [1, 20])
def test_a_sitemap_takes_a_query_for_each_batch_of_a_part(people, site, number):
    ada = people()
    for each in range(number):
        ada.write(f"Post {each}", tags=[f"tag {each}"])
    with site.application.app_context():
        engine = db.engine
    with recorded_statements(engine) as statements:
        assert len(urls(site.get(SITEMAP))) == 2 * number + 1
    assert len(statements) == 1 + len(PARTS)


def test_the_cache_headers_of_sitemaps(people, site, client, make_client):
    ada = people()
    ada.write()
    plain = make_client(POST_URL="https://example.com/{slug}/")
    for path in (SITEMAP, "/sitemaps/posts-1.xml"):
        assert site.get(path).headers["Surrogate-Key"] == "posts tags users"
        assert site.get(path).headers["Cache-Control"].startswith("public, max-age=0, s-maxage=60")
        assert plain.get(path).headers["Cache-Control"] == "no-cache"
        assert site.get(path, headers=ada.headers).headers["Cache-Control"] == "no-store"
        head = site.head(path)
        assert (head.status_code, head.data, "ETag" in head.headers) == (200, b"", False)


def test_robots_txt_names_the_sitemap(site):
    reply = site.get(ROBOTS)
    assert reply.text == "User-agent: *\nAllow: /\n\nSitemap: https://example.com/sitemap.xml\n"
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    known = site.get(ROBOTS, headers={"If-None-Match": reply.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    assert (site.head(ROBOTS).status_code, site.head(ROBOTS).data) == (200, b"")


def test_the_sitemap_is_below_the_root_of_the_site(people, make_client):
    people().write()
    client = make_client(POST_URL="https://example.com/blog/{slug}/", PUBLIC_URL="https://api.example.com/x")
    assert "Sitemap: https://example.com/sitemap.xml\n" in client.get(ROBOTS).text
    for path in (SITEMAP, f"/x{SITEMAP}"):
        assert list(urls(client.get(path))) == ["https://example.com/blog/hello/"]
