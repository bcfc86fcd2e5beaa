"""Checks of feeds against the rules of their formats."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser
from werkzeug.test import TestResponse

ATOM, RSS, JSON = "/feeds/atom.xml", "/feeds/rss.xml", "/feeds/feed.json"
FORMATS = (ATOM, RSS, JSON)
TYPES = {ATOM: "application/atom+xml", RSS: "application/rss+xml", JSON: "application/feed+json"}
NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
RFC822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000")
JSON_MEMBERS = {
    "version",
    "title",
    "home_page_url",
    "feed_url",
    "description",
    "next_url",
    "language",
    "items",
}
ITEM_MEMBERS = {
    "id", "url", "title", "content_html", "content_text", "summary", "image", "banner_image", "date_published",
    "date_modified", "authors", "tags", "language",
}  # fmt: skip


def parse(reply: TestResponse) -> Any:
    """Parse a feed in XML with feedparser, which must find nothing wrong, and check the rules of its format."""
    assert reply.status_code == 200, reply.text
    kind = reply.headers["Content-Type"]
    parsed = feedparser.parse(reply.data, response_headers={"content-type": kind})
    assert parsed.bozo == 0, parsed.get("bozo_exception")
    if "atom" in kind:
        check_atom(reply.data)
        assert parsed.version == "atom10"
    else:
        check_rss(reply.data)
        assert parsed.version == "rss20"
    return parsed


def xml_of(data: bytes) -> ET.Element:
    """Parse XML of the service."""
    return ET.fromstring(data)  # noqa: S314


def one(parent: ET.Element, name: str) -> ET.Element:
    """Return the only child with this name."""
    (found,) = parent.findall(name, NAMES)
    return found


def text(parent: ET.Element, name: str) -> str:
    """Return the text of the only child with this name."""
    return one(parent, name).text or ""


def is_absolute(url: str) -> bool:
    """Return whether this is a URL with a scheme and a host."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url


def check_atom(data: bytes) -> None:
    """Check what RFC 4287 requires of feeds and entries."""
    feed = xml_of(data)
    assert feed.tag == f"{{{NAMES['atom']}}}feed"
    assert feed.get(XML_LANG)
    assert is_absolute(text(feed, "atom:id"))
    assert text(feed, "atom:title").strip()
    assert RFC3339.fullmatch(text(feed, "atom:updated"))
    relations = [link.get("rel") for link in feed.findall("atom:link", NAMES)]
    assert relations in (["self", "alternate"], ["self", "alternate", "next"])
    entries = feed.findall("atom:entry", NAMES)
    ids = [text(entry, "atom:id") for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry, id_ in zip(entries, ids, strict=True):
        assert re.fullmatch(r"tag:[a-z0-9.-]+,\d{4}-\d\d-\d\d:posts/[1-9]\d*", id_)
        assert text(entry, "atom:title").strip()
        assert one(entry, "atom:link").get("rel") == "alternate"
        assert RFC3339.fullmatch(text(entry, "atom:published"))
        assert RFC3339.fullmatch(text(entry, "atom:updated"))
        assert len(entry.findall("atom:summary", NAMES)) <= 1
        contents = entry.findall("atom:content", NAMES)
        assert [content.get("type") for content in contents] in ([], ["html"])
        authors = entry.findall("atom:author", NAMES)
        assert authors
        assert all(text(author, "atom:name").strip() for author in authors)
        assert all(category.get("term") for category in entry.findall("atom:category", NAMES))
    newest = max((text(entry, "atom:updated") for entry in entries), default="1970-01-01T00:00:00Z")
    assert text(feed, "atom:updated") == newest
    assert all(is_absolute(link.get("href", "")) for link in feed.iter(f"{{{NAMES['atom']}}}link"))


def check_rss(data: bytes) -> None:
    """Check what RSS 2.0 and the best practices of the RSS Advisory Board require."""
    rss = xml_of(data)
    assert (rss.tag, rss.get("version")) == ("rss", "2.0")
    channel = one(rss, "channel")
    assert text(channel, "title")
    assert text(channel, "description")
    assert is_absolute(text(channel, "link"))
    assert RFC822.fullmatch(text(channel, "lastBuildDate"))
    relations = [link.get("rel") for link in channel.findall("atom:link", NAMES)]
    assert relations in (["self"], ["self", "next"])
    assert all(is_absolute(link.get("href", "")) for link in channel.findall("atom:link", NAMES))
    items = channel.findall("item")
    for item in items:
        assert text(item, "title").strip()
        assert is_absolute(text(item, "link"))
        assert one(item, "guid").get("isPermaLink") == "false"
        assert RFC822.fullmatch(text(item, "pubDate"))
        parsedate_to_datetime(text(item, "pubDate"))
        assert item.findall("dc:creator", NAMES)
        assert len(item.findall("description")) <= 1
        assert len(item.findall("content:encoded", NAMES)) <= 1
    guids = [text(item, "guid") for item in items]
    assert len(set(guids)) == len(guids)


def check_json(feed: dict[str, Any]) -> None:
    """Check what JSON Feed 1.1 requires, and that the feed has no other members."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert set(feed) <= JSON_MEMBERS
    assert {"title", "items", "language"} <= set(feed)
    assert all(is_absolute(feed[name]) for name in ("home_page_url", "feed_url", "next_url") if name in feed)
    for item in feed["items"]:
        assert set(item) <= ITEM_MEMBERS
        assert isinstance(item["id"], str)
        assert {"content_html", "content_text"} & set(item)
        assert all(is_absolute(item[name]) for name in ("url", "image", "banner_image") if name in item)
        assert RFC3339.fullmatch(item["date_published"])
        assert RFC3339.fullmatch(item["date_modified"])
        assert item["authors"]
        assert all(author["name"] and set(author) <= {"name", "url"} for author in item["authors"])
        assert all(isinstance(tag, str) for tag in item["tags"])
    ids = [item["id"] for item in feed["items"]]
    assert len(set(ids)) == len(ids)


def titles(client: Any, query: str = "", path: str = JSON) -> list[str]:
    """Return the titles of the entries of a feed, which is checked."""
    reply = client.get(f"{path}{query}")
    if path != JSON:
        return [entry.title for entry in parse(reply).entries]
    assert reply.status_code == 200, reply.text
    check_json(reply.json)
    return [item["title"] for item in reply.json["items"]]
