"""A site that forwards feeds, sitemaps and robots.txt to the service: the lines of docs/readers.md in a real nginx."""

from __future__ import annotations

import re
import textwrap
import urllib.request
from xml.etree import ElementTree as ET

import feedparser
import pytest

from config import PROJECT
from tests.nginx import serving
from tests.postgres import free_port
from tests.service import serve

PAGE = (PROJECT / "docs" / "readers.md").read_text(encoding="utf-8")
SITE = """
server {{
    listen 127.0.0.1:{port};
{forwarded}
    location / {{ return 404; }}
}}
"""


def forwarded_lines():
    (lines,) = re.findall(r"```nginx\n(.+?)```", PAGE, re.DOTALL)
    return textwrap.dedent(lines)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_site_forwards_feeds_and_sitemaps_to_the_service(people, database_url):
    people().write(tags=["a"])
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    with serve(database_url, POST_URL=f"{root}/{{slug}}/") as service:
        lines = forwarded_lines().replace("http://127.0.0.1:8000", service)
        with serving(SITE.format(port=port, forwarded=lines), port):
            for path, version in (("/feeds/atom.xml?tag=a", "atom10"), ("/feeds/rss.xml", "rss20")):
                feed = feedparser.parse(urllib.request.urlopen(root + path, timeout=5).read())
                assert (feed.version, feed.bozo, feed.entries[0].link) == (version, 0, f"{root}/hello/")
                assert [link["href"] for link in feed.feed.links if link["rel"] == "self"] == [root + path]
            robots = urllib.request.urlopen(f"{root}/robots.txt", timeout=5).read().decode()
            (sitemap,) = re.findall("Sitemap: (.+)", robots)
            for url in (sitemap, f"{root}/sitemaps/posts-1.xml"):
                body = ET.fromstring(urllib.request.urlopen(url, timeout=5).read())  # noqa: S314
                assert body[0][0].text == f"{root}/hello/"
            for path in ("/other", "/feedsx", "/sitemap.xmlx", "/api/v1/posts"):
                with pytest.raises(urllib.request.HTTPError, match="404"):
                    urllib.request.urlopen(root + path, timeout=5)
