"""Links between the posts of an export lead to their new addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blog_api.context import exchange
from blog_api.services.importing.ghost.export import Export
from tests.services.ghost.exports import of_posts, post
from tests.services.ghost.helpers import read

HTML = (
    '<p><a class="a" href="__GHOST_URL__/post-2/#part">b</a> <a href="https://blog.example/post-2">c</a> '
    '<a href="/draft/">d</a> <a href="/twice/">e</a> <a href="/other/">f</a></p>'
)


@pytest.mark.parametrize(
    ("post_url", "content"),
    [
        (
            "https://new.example/{year}/{slug}",
            "[b](/2020/post-2#part) [c](/2020/post-2) [d](/draft/) [e](/twice/)",
        ),
        ("https://new.example/{id}", "[b](/post-2/#part) [c](/post-2) [d](/draft/) [e](/twice/)"),
        (None, "[b](/post-2/#part) [c](/post-2) [d](/draft/) [e](/twice/)"),
    ],
)
def test_links_lead_to_certain_addresses(app, tmp_path, post_url, content):
    posts = [post(html=HTML), post(2), post(3, slug="draft", status="draft")]
    posts += [post(4, slug="twice"), post(5, slug="twice", type="page")]
    _, site, _ = read(tmp_path, of_posts(*posts), "https://blog.example")
    export = Export(tmp_path / "export.json", site, "ghost")
    with app.app_context():
        export.link_posts(replace(exchange.permalinks, post=post_url))
    assert next(export.items()).read().content == f"{content} [f](/other/)"
