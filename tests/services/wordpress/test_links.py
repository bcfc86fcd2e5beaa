"""Links between posts of WordPress for a site with another POST_URL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from blog_api.context import exchange
from blog_api.services.importing.wordpress.links import link_posts
from tests.services.wordpress.exports import SITE, export, item, read_site


@pytest.mark.parametrize(
    ("post_url", "paths"),
    [
        (None, ["/2020/post-1/", "/2020/post-2/", "/2020/post-3/", ""]),
        (
            "https://new.example/{year}/{slug}",
            ["/2020/post-1", "/2020/post-2/", "/2020/post-3/", ""],
        ),
        ("https://new.example/{id}", ["/2020/post-1/", "/2020/post-2/", "/2020/post-3/", ""]),
    ],
)
def test_links_lead_to_certain_paths_and_reveal_no_private_slugs(app, post_url, paths):
    posts = [item(1), item(2, post_name="same"), item(3, post_name="same"), item(4, status="private")]
    with app.app_context(), read_site(export(*posts)) as site:
        link_posts(site.index, replace(exchange.permalinks, post=post_url), "blog", UTC)
        assert [site.find_address(f"{SITE}/?p={number}") for number in range(1, 5)] == paths
        assert site.find_address(f"{SITE}/2020/post-4/") == "/2020/post-4/"
        assert site.find_address(f"{SITE}/2020/post-1#top") == f"{paths[0]}#top"
