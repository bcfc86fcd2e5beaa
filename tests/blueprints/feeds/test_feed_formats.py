"""The feeds are valid, whatever the posts contain."""

from __future__ import annotations

import html

import pytest

from tests.feeds import (
    ATOM,
    FORMATS,
    JSON,
    NAMES,
    RSS,
    TYPES,
    XML_LANG,
    check_json,
    one,
    parse,
    text,
    titles,
    xml_of,
)

# What breaks XML, and what readers could take for HTML.
HOSTILE = (
    "]]>",
    "<![CDATA[ <x> ]]>",
    "</title></entry></item><script>alert(1)</script>",
    "&amp; &#0; &#x1F; &nbsp; &unknown;",
    "\"'<>&",
    "<?xml version='1.1'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "😀 𝒳 👩‍👩‍👧 🏳️‍🌈",
    "שלום \u202eworld\u202c مرحبا",
    "\ufffe\uffff\ufdd0 \U0001fffe \U0010ffff",
    "a\u0085b\u2028c\u200b",
    "{{ feed.title }}{% raw %}",
)
# PostgreSQL stores all of these, and so does SQLite.
CONTROLS = "".join(map(chr, range(1, 32))) + "\x7f\x80\x9f"


def without_forbidden(value):
    """Return the text without the characters that XML 1.0 forbids."""
    return "".join(
        character
        for character in value
        if character in "\t\n\r" or (character >= " " and character not in "\ufffe\uffff")
    )


def entries(client, path):
    """Return (title, summary, content) of each entry as the format stores them, with the feed checked."""
    if path == JSON:
        feed = client.get(path).json
        check_json(feed)
        return [(item["title"], item.get("summary"), item.get("content_html")) for item in feed["items"]]
    parse(client.get(path))
    root = xml_of(client.get(path).data)
    if path == ATOM:
        names = "atom:title", "atom:summary", "atom:content"
        return [
            tuple(entry.findtext(name, None, NAMES) for name in names)
            for entry in root.findall("atom:entry", NAMES)
        ]
    found = [
        tuple(item.findtext(name, None, NAMES) for name in ("title", "description", "content:encoded"))
        for item in root.iter("item")
    ]
    return [(title, summary and html.unescape(summary), content) for title, summary, content in found]


@pytest.mark.parametrize("path", FORMATS)
def test_no_text_breaks_a_feed(people, site, path):
    ada = people()
    for value in HOSTILE:
        post = ada.post("/posts", json={"title": value, "summary": value, "content": f"{value}\n\n    {value}",
            "status": "published", "tags": [value.replace(",", "")[:50]]})  # fmt: skip
        if post.status_code == 422:
            # Titles and tags have no line breaks.
            ada.write("Text", summary=value, content=value)
    posts = site.get("/api/v1/posts?fields=title,summary,html").json["data"]
    cleaned = (lambda value: value) if path == JSON else without_forbidden
    expected = [tuple(cleaned(post[name]) for name in ("title", "summary", "html")) for post in posts]
    assert len(expected) == len(HOSTILE)
    assert entries(site, path) == expected


@pytest.mark.parametrize("path", FORMATS)
def test_stored_control_characters_are_left_out_of_xml(people, site, sql, path):
    people().write("Title", tags=["Tag"], content="Text.", summary="x")
    sql("UPDATE posts SET title = :text, summary = :text", text=f"a{CONTROLS}b")
    sql("UPDATE tags SET name = :text", text=f"t{CONTROLS}")
    sql("UPDATE users SET display_name = :text", text=f"u{CONTROLS}")
    sql("UPDATE renderings SET html = :text", text=f"<p>{CONTROLS}</p>")
    ((title, summary, content),) = entries(site, path)
    if path == JSON:
        assert (title, content) == (f"a{CONTROLS}b", f"<p>{CONTROLS}</p>")
    else:
        # A parser of XML reads a carriage return as a line break.
        kept = without_forbidden(CONTROLS).replace("\r", "\n")
        assert (title, summary, content) == (f"a{kept}b", f"a{kept}b", f"<p>{kept}</p>")


def test_the_summary_is_plain_text_in_rss_too(people, site):
    people().write("A", summary="1 < 2 & <b>bold</b>")
    (entry,) = parse(site.get(RSS)).entries
    assert entry.summary == "1 &lt; 2 &amp; &lt;b&gt;bold&lt;/b&gt;"
    (item,) = xml_of(site.get(RSS).data).iter("item")
    assert html.unescape(text(item, "description")) == "1 < 2 & <b>bold</b>"


def test_the_members_of_a_post_in_each_format(people, site):
    ada, bob = people(username="ada"), people(username="bob")
    body = {
        "published_at": "2026-01-31T12:00:00.5Z",
        "tags": ["B", "A & A"],
        "language": "de",
        "summary": "Short.",
    }
    image = {"url": "https://example.com/cat.jpg"}
    post = ada.write("Hello", content="# Hi", co_authors=[bob.id], image=image, **body)
    updated = site.get(f"/api/v1/posts/{post['id']}").json["updated_at"]
    url, content = "https://example.com/2026/hello/", '<h1 id="hi">Hi</h1>\n'
    (item,) = site.get(JSON).json["items"]
    authors = [{"name": name, "url": f"https://example.com/authors/{name}/"} for name in ("ada", "bob")]
    assert {**item, "id": ""} == {
        "id": "", "url": url, "title": "Hello", "content_html": content, "summary": "Short.", "image": image["url"],
        "banner_image": image["url"], "language": "de", "date_published": "2026-01-31T12:00:00.500000Z",
        "date_modified": updated, "authors": authors, "tags": ["A & A", "B"],
    }  # fmt: skip
    feed = xml_of(site.get(ATOM).data)
    entry = one(feed, "atom:entry")
    assert (feed.get(XML_LANG), entry.get(XML_LANG)) == ("en-GB", "de")
    assert text(feed, "atom:subtitle") == "Notes about <engines>."
    names = ("id", "title", "published", "updated", "summary", "content")
    assert [text(entry, f"atom:{name}") for name in names] == [
        item["id"], "Hello", "2026-01-31T12:00:00.500000Z", updated, "Short.", content,
    ]  # fmt: skip
    found = [
        (text(one_, "atom:name"), text(one_, "atom:uri")) for one_ in entry.findall("atom:author", NAMES)
    ]
    assert found == [(author["name"], author["url"]) for author in authors]
    assert [each.get("term") for each in entry.findall("atom:category", NAMES)] == item["tags"]
    channel = one(xml_of(site.get(RSS).data), "channel")
    rss = one(channel, "item")
    assert (text(channel, "language"), text(channel, "description")) == ("en-GB", "Notes about <engines>.")
    assert (text(rss, "guid"), text(rss, "link"), text(rss, "content:encoded")) == (item["id"], url, content)
    assert text(rss, "pubDate") == "Sat, 31 Jan 2026 12:00:00 +0000"
    assert [each.text for each in rss.findall("dc:creator", NAMES)] == ["ada", "bob"]
    assert [each.text for each in rss.findall("category")] == item["tags"]


@pytest.mark.parametrize("path", FORMATS)
def test_a_post_that_is_not_rendered_has_no_content(people, site, sql, path):
    people().write("Hello", summary="Short.")
    sql("DELETE FROM renderings")
    assert entries(site, path) == [("Hello", "Short.", None)]
    assert path != JSON or site.get(JSON).json["items"][0]["content_text"] == "Short."


@pytest.mark.parametrize("path", FORMATS)
def test_an_empty_feed_is_valid(site, path):
    assert titles(site, path=path) == []
    assert site.get(path).data == site.get(path).data


@pytest.mark.parametrize("path", FORMATS)
def test_the_oldest_and_the_latest_times_are_valid(people, site, path):
    people().write("Old", published_at="0900-01-02T00:00:00Z")
    assert titles(site, path=path) == ["Old"]


@pytest.mark.parametrize("path", FORMATS)
def test_a_feed_has_its_media_type(people, site, path):
    reply = site.head(path)
    assert reply.headers["Content-Type"] == f"{TYPES[path]}; charset=utf-8"
    assert (reply.status_code, reply.data) == (200, b"")
    assert reply.headers["Content-Length"] == str(len(site.get(path).data))


def test_the_host_of_a_site_in_any_script_is_a_valid_authority(people, make_client):
    people().write()
    client = make_client(POST_URL="https://bücher.example/{slug}/")
    assert client.get(JSON).json["items"][0]["id"].startswith("tag:xn--bcher-kva.example,")
    assert parse(client.get(ATOM)).entries[0].link == "https://bücher.example/hello/"
