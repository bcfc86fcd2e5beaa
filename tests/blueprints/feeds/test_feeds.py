"""The feeds show what the list of posts shows, with the same filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from blog_api.database.session import db
from tests.feeds import ATOM, FORMATS, JSON, NAMES, RSS, check_json, is_absolute, parse, titles, xml_of
from tests.statements import recorded_statements

LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.mark.parametrize("path", FORMATS)
def test_feeds_need_the_address_of_posts(people, client, path):
    people().write()
    reply = client.get(path)
    assert (reply.status_code, reply.json["type"]) == (404, "/problems/not-found")
    assert "POST_URL" in reply.json["detail"]
    assert "atom" not in client.get("/api/v1").json["links"]


def test_the_list_of_resources_links_the_feeds(site):
    links = site.get("/api/v1").json["links"]
    assert (links["atom"], links["rss"], links["json_feed"]) == FORMATS


@pytest.mark.parametrize("path", FORMATS)
def test_feeds_contain_only_published_posts_for_every_viewer(people, site, path):
    editor = people("editor")
    editor.write("First", published_at="2026-01-01T00:00:00Z")
    editor.write("Second", published_at="2026-02-01T00:00:00Z")
    editor.write("Page", kind="page")
    editor.write("Draft", status="draft")
    editor.write("Scheduled", published_at=LATER)
    editor.write("Archived", status="archived", published_at="2026-01-01T00:00:00Z")
    editor.delete(f"/posts/{editor.write('Trashed')['id']}")
    assert titles(site, path=path) == ["Second", "First"]
    private = site.get(path, headers=editor.headers)
    assert (private.data, private.headers["Cache-Control"]) == (site.get(path).data, "no-store")


@pytest.mark.parametrize("path", FORMATS)
def test_other_parameters_are_invalid(site, path):
    for query in (
        "status=draft", "status=published", "trashed=true", "followed=true", "sort=title", "fields=id", "offset=1",
        "total=true", "limit=0", "limit=21", "limit=1&limit=2", "cursor=x", "tag=%00", "new=1",
    ):  # fmt: skip
        reply = site.get(f"{path}?{query}")
        assert (reply.status_code, reply.json["errors"][0]["parameter"]) == (422, query.partition("=")[0])


def test_a_feed_takes_the_filters_of_the_list(people, site):
    ada, grace = people(username="ada"), people(username="grace")
    ada.write("One", tags=["Old Name", "B"], language="de", featured=True, content="engine")
    grace.write("Two", tags=["B"], published_at="2020-01-01T00:00:00Z", co_authors=[ada.id])
    grace.write("Three", kind="page", content="engine")
    editor = people("editor")
    tag = site.get("/api/v1/tags/slug/old-name").json
    assert editor.patch(f"/tags/{tag['id']}", json={"name": "New Name"}).status_code == 200
    for query in (
        "q=engine", "author=grace", f"author={ada.id}", "tag=b", "tag=old-name", "tag=new-name&tag=b", "tag=none",
        "any_tag=new-name,b", "without_tag=new-name", "has_tags=false", "id=1,2", "kind=page", "kind=all",
        "featured=true", "language=de", "published_before=2021-01-01T00:00:00Z", "title_contains=o",
        "changed_after=2021-01-01T00:00:00Z", "limit=1",
    ):  # fmt: skip
        sort = "&sort=-published_at" if query.startswith("q=") else ""
        expected = [post["title"] for post in site.get(f"/api/v1/posts?{query}{sort}").json["data"]]
        for path in FORMATS:
            assert titles(site, f"?{query}", path) == expected, query
    assert titles(site, "?tag=old-name") == ["One"]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("", "Ada & Grace"),
        ("tag=open-source&author=ADA", "Ada & Grace: ada, Open Source"),
        ("any_tag=open-source,none", "Ada & Grace: Open Source, none"),
        ("author=none", "Ada & Grace: none"),
        ("q=a+%3Cb%3E&kind=all", "Ada & Grace: “a <b>”, kind=all"),
        ("has_tags=true&id=1,2", "Ada & Grace: has_tags=true, id=1,2"),
        ("published_after=2026-01-31T13:00:00%2B01:00", "Ada & Grace: published_after=2026-01-31T12:00:00Z"),
    ],
)
def test_the_title_says_what_the_feed_is_filtered_by(people, site, query, title):
    people(username="ada").write(tags=["Open Source"])
    assert site.get(f"{JSON}?{query}").json["title"] == title
    for path in (ATOM, RSS):
        assert f"<title>{title.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</title>" in (
            site.get(f"{path}?{query}").text
        )


@pytest.mark.parametrize("path", FORMATS)
def test_a_feed_links_to_its_next_page_until_all_posts_were_shown(people, site, path):
    ada = people()
    for number in range(5):
        ada.write(f"Post {number}", tags=["a b"])
    seen, query = [], "?tag=a-b&limit=2"
    while query:
        reply = site.get(f"{path}{query}")
        if path == JSON:
            own, following = reply.json["feed_url"], reply.json.get("next_url")
        else:
            links = {link["rel"]: link["href"] for link in parse(reply).feed.links}
            own, following = links["self"], links.get("next")
        assert own == f"https://example.com{path}{query}"
        seen += titles(site, query, path)
        query = following and following.removeprefix(f"https://example.com{path}")
    assert seen == [f"Post {number}" for number in reversed(range(5))]


def test_the_ids_survive_a_new_slug_and_title(people, site):
    ada = people()
    post = ada.write()

    def ids():
        feeds = [parse(site.get(path)) for path in (ATOM, RSS)]
        return {*(feed.entries[0].id for feed in feeds), site.get(JSON).json["items"][0]["id"]}

    before = ids()
    assert len(before) == 1
    assert ada.patch(f"/posts/{post['id']}", json={"title": "Other", "slug": "other"}).status_code == 200
    assert ids() == before


@pytest.mark.parametrize("number", [1, 20])
@pytest.mark.parametrize("path", FORMATS)
def test_a_feed_takes_one_query(people, site, path, number):
    ada = people()
    for each in range(number):
        ada.write(f"Post {each}", tags=["a"])
    with site.application.app_context():
        engine = db.engine
    with recorded_statements(engine) as statements:
        site.get(path)
    assert len(statements) == 1


def test_pictures_and_links_are_absolute(people, make_client, sql):
    ada = people()
    picture = f"/media/{'a' * 32}/640.webp"
    image = {"url": picture, "alt": "", "caption": "", "width": 640, "height": 480, "variants": []}
    post = ada.write(content="Text.")
    html = f'<p><img src="{picture}" srcset="{picture} 640w, {picture} 320w"> <a href="{picture}">{picture}</a></p>'
    sql("UPDATE renderings SET html = :html", html=html)
    sql("UPDATE posts SET image = :image WHERE id = :id", image=str(image).replace("'", '"').replace("None", "null"),
        id=post["id"])  # fmt: skip
    for root, settings in (
        ("https://api.example.com/blog", {"PUBLIC_URL": "https://api.example.com/blog"}),
        ("https://example.com", {}),
        ("https://example.com/blog", {"SCRIPT_NAME": "/blog"}),
    ):
        client = make_client(POST_URL="https://example.com/{slug}/", **settings)
        # The renderer has made URLs below PUBLIC_URL absolute already.
        prefix = root if "PUBLIC_URL" in settings else settings.get("SCRIPT_NAME", "")
        sql("UPDATE renderings SET html = :html", html=html.replace(picture, f"{prefix}{picture}"))
        (item,) = client.get(JSON).json["items"]
        check_json(client.get(JSON).json)
        url = f"{root}{picture}"
        assert item["image"] == item["banner_image"] == url
        shown = f"{prefix}{picture}"
        assert item["content_html"] == (
            f'<p><img src="{url}" srcset="{url} 640w, {url} 320w"> <a href="{url}">{shown}</a></p>'
        )
        links = xml_of(client.get(ATOM).data).iter(f"{{{NAMES['atom']}}}link")
        assert all(is_absolute(link.get("href", "")) for link in links)
