"""The content of posts of Ghost becomes Markdown."""

from __future__ import annotations

import json

import pytest

from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.content import read_content
from blog_api.services.importing.ghost.rows import Row

BOOKMARK = (
    '<figure class="kg-card kg-bookmark-card"><a class="kg-bookmark-container" href="https://a.example/">'
    '<div class="kg-bookmark-content"><div class="kg-bookmark-title">A page</div>'
    '<div class="kg-bookmark-description">About.</div><img class="kg-bookmark-icon" src="i.png"></div></a></figure>'
)
AUDIO = (
    '<div class="kg-card kg-audio-card"><img src="t.png"><div class="kg-audio-player-container">'
    '<audio src="__GHOST_URL__/content/media/a.mp3"></audio><div class="kg-audio-title">A song</div>0:00</div></div>'
)


def content(addresses=Addresses(), **columns):  # noqa: B008
    return read_content(Row("posts", columns), addresses)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (BOOKMARK, "[A page](https://a.example/)\n\nAbout."),
        (AUDIO, "[A song](/content/media/a.mp3)"),
        ('<div class="kg-card kg-callout-card"><div class="kg-callout-text">Note</div></div>', "Note"),
        ("<!--kg-card-begin: html--><p>a</p><!--kg-card-end: html-->", "a"),
        ('<pre class="language-js"><code>a</code></pre>', "```js\na\n```"),
    ],
)
def test_cards_become_markdown(html, markdown):
    assert content(html=html).markdown == markdown


@pytest.mark.parametrize(
    ("addresses", "url", "expected"),
    [
        (Addresses(), "__GHOST_URL__/post-2/", "/post-2/"),
        (Addresses(), "__GHOST_URL__/content/images/a.png", "/content/images/a.png"),
        (
            Addresses("https://blog.example"),
            "__GHOST_URL__/content/files/a.pdf",
            "https://blog.example/content/files/a.pdf",
        ),
        (Addresses("https://blog.example/"), "https://blog.example/post-2/?a#b", "/post-2/?a#b"),
        (Addresses("https://blog.example/site"), "http://blog.example/site/post-2/", "/site/post-2/"),
        (Addresses("https://blog.example"), "https://blog.example.org/", "https://blog.example.org/"),
        (
            Addresses("https://blog.example", True),
            "__GHOST_URL__/content/images/a.png",
            "/content/images/a.png",
        ),
    ],
)
def test_links_within_the_blog_become_paths(addresses, url, expected):
    assert content(addresses, html=f'<p><a href="{url}">a</a></p>').markdown == f"[a]({expected})"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/content/images/2020/01/a.png", "2020/01/a.png"),
        ("/content/images/size/w600/2020/01/a%20b.png", "2020/01/a b.png"),
        ("__GHOST_URL__/content/images/size/w256h256/format/webp/a.png?v=1", "a.png"),
        ("HTTPS://blog.example/content/images/a.png", "a.png"),
        ("https://other.example/content/images/a.png", None),
        ("/assets/a.png", None),
    ],
)
def test_smaller_sizes_of_a_picture_become_the_original(url, path):
    assert Addresses("https://blog.example").picture(url) == path


TEXT = {"type": "text", "text": "a*", "format": 3}
LINK = {"type": "link", "url": "/b", "children": [{"type": "text", "text": "b"}]}
ITEM = {"type": "listitem", "children": [{"type": "text", "text": "c"}]}
LEXICAL = {
    "root": {
        "type": "root",
        "children": [
            {"type": "heading", "tag": "h2", "children": [{"type": "text", "text": "H"}]},
            {"type": "paragraph", "children": [TEXT, LINK]},
            {"type": "list", "tag": "ol", "children": [ITEM]},
            {"type": "image", "src": "d.png", "alt": "d", "caption": ""},
            {"type": "markdown", "markdown": "*e*"},
            {"type": "codeblock", "code": "f", "language": "py"},
        ],
    }
}  # fmt: skip
MOBILEDOC = {
    "version": "0.3.1",
    "markups": [["strong"], ["a", ["href", "/b"]]],
    "cards": [["card-markdown", {"markdown": "*e*"}], ["image", {"src": "d.png"}], ["hr", {}]],
    "sections": [
        [1, "h2", [[0, [], 0, "H"]]],
        [1, "p", [[0, [0], 1, "a"], [1, [], 0, 0], [0, [1], 1, "b"]]],
        [3, "ul", [[[0, [], 0, "c"]]]],
        [10, 0],
        [10, 1],
        [10, 2],
    ],
}


@pytest.mark.parametrize(
    ("columns", "markdown"),
    [
        (
            {"lexical": json.dumps(LEXICAL)},
            "## H\n\n<em><strong>a\\*</strong></em>[b](/b)\n\n1. c\n\n![d](d.png)\n\n*e*\n\n```py\nf\n```",
        ),
        ({"mobiledoc": json.dumps(MOBILEDOC)}, "## H\n\n**a**  \n[b](/b)\n\n- c\n\n*e*\n\n![](d.png)\n\n---"),
        ({"markdown": "*a*"}, "*a*"),
        ({"lexical": "{broken", "plaintext": "a *b*\nc\n\nd"}, "a \\*b\\* c\n\nd"),
        ({"lexical": '{"root": [1]}', "html": None}, ""),
    ],
)
def test_without_html_the_source_is_read(columns, markdown):
    found = content(**columns)
    assert found.markdown == markdown
    assert [note.code for note in found.notes] == ["content_without_html" if markdown else "content_missing"]
