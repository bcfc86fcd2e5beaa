"""Tests of finding local pictures in Markdown, and of replacing their addresses without any other change."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyromark import events, html

from blog_api.text.picture_references import find_references, local_path, replace_urls
from blog_api.text.rendering.markdown import POSTS

NEW = "/media/0123456789abcdef0123456789abcdef/1920.webp"


def replace_all(content):
    found = find_references(content)
    return replace_urls(content, found, {reference.url: NEW for reference in found})


@pytest.mark.parametrize(
    ("content", "urls"),
    [
        ("![A cat](cat.jpg)", ["cat.jpg"]),
        ('![](./img/a%20b.png "title")', ["./img/a%20b.png"]),
        ('![](<a b.png> "ti) tle")', ["a b.png"]),
        ("![](a\\(b&amp;c.png )", ["a(b&c.png"]),
        ("![](a(1).png)", ["a(1).png"]),
        ("![a [b] \\] c](a.png)", ["a.png"]),
        ("![*a* `b`](a.png)", ["a.png"]),
        ("![](/images/größe.png?v=1#x)", ["/images/größe.png?v=1#x"]),
        ("[![](small.png)](big.JPG)", ["small.png", "big.JPG"]),
        ("> ![a\n> b](\n> a.png)", ["a.png"]),
        ("- ![a](a.png)\n- ![b](b.png)", ["a.png", "b.png"]),
        ("| a |\n|---|\n| ![a \\| b](a\\|b.png) |", ["a|b.png"]),
        ("Text[^1].\n\n[^1]: ![a](a.png)", ["a.png"]),
        ("![a][x]\n\n[x]: a.gif", ["a.gif"]),
        ("![X]\n\n[x]: <a b.gif>\n  'title'", ["a b.gif"]),
        ("[x][x\\]y]\n\n[x\\]y]: a.png", ["a.png"]),
        ("Text <img src=\"a.png\" alt='A'> text", ["a.png"]),
        ("<IMG alt='src=b.png' SRC = a.png />", ["a.png"]),
        ("<div>\n<img\n  class=x\n  src='a&amp;b.png'>\n</div>", ["a&b.png"]),
        ("<a href=a.png>a</a> <a href=/about>b</a>", ["a.png"]),
    ],
)
def test_references_are_found_and_replaced(content, urls):
    assert [reference.url for reference in find_references(content)] == urls
    replaced = replace_all(content)
    assert replaced.count(NEW) == len(urls)
    assert html(replaced, options=POSTS.options).count(NEW) >= len(urls)
    assert not [url for url in urls if url in replaced]


@pytest.mark.parametrize(
    "content",
    [
        "![a](https://example.com/a.png) ![b](//example.com/a.png) ![c](data:image/png;base64,AA)",
        "![a]() ![b](#b) ![c](?d)",
        f"![a]({NEW}) <img src='{NEW}'>",
        "`![a](a.png)` ``<img src=a.png>``",
        "    ![a](a.png)",
        "```\n![a](a.png)\n[x]: a.png\n```",
        "<!-- ![a](a.png) <img src=a.png> -->",
        "<!--\n<img src=a.png>\n\n<img src=b.png>\n-->",
        "\\![a](a.html) !\\[a](a.png)",
        "[a](a.pdf) [b](page) <imgs src=a.png> <img data-src=a.png>",
        "[x]: page.html",
    ],
)
def test_everything_else_is_left_alone(content):
    assert find_references(content) == []
    assert replace_all(content) == content


def test_references_have_the_alternative_text_in_one_line():
    content = (
        "![A *sleeping*\n`cat`](a.png) <img alt='Our &amp; your\ndog' src=b.png> ![A bird][x]\n\n[x]: c.png"
    )
    found = {reference.url: reference.alt for reference in find_references(content)}
    assert found == {"a.png": "A sleeping cat", "b.png": "Our & your dog", "c.png": "A bird"}
    (long,) = find_references(f"![{'x' * 600}](a.png)")
    assert len(long.alt) == 500


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("a%20b.png?x#y", "a b.png"),
        ("./a.png", "./a.png"),
        ("%2e%2e/a.png", "../a.png"),
        ("/a.png", "/a.png"),
        ("HTTP://example.com/a.png", None),
        ("mailto:a@b", None),
        ("//example.com", None),
        ("", None),
    ],
)
def test_only_urls_without_a_scheme_or_a_host_are_local(url, path):
    assert local_path(url) == path


pieces = st.sampled_from(
    [
        *(
            "![",
            "[",
            "]",
            "](",
            ")",
            "(",
            "[x]: ",
            "[x]",
            "a.png",
            "b c.png",
            "<",
            ">",
            '"t"',
            "'",
            " ",
            "\n",
        ),
        *(
            "\n\n",
            "> ",
            "- ",
            "`",
            "```\n",
            "    ",
            "\\",
            "<img src=",
            "<a href='a.png'>",
            "<!--",
            "-->",
            "ä",
        ),
        *("| ", "\n|---|\n", "[^1]", "[^1]: ", "&amp;", "*", "<div>\n", "https://e.com/a.png", "\r", "\t"),
    ]
)


def parsed(content):
    """Return the events, with the addresses that `find_references` finds replaced."""
    urls = {reference.url for reference in find_references(content)}

    def replaced(event):
        match event:
            case {"Start": {"Image": data} | {"Link": data}} if data["dest_url"] in urls:
                return repr(event).replace(repr(data["dest_url"]), repr(NEW))
            case {"Html": _} | {"InlineHtml": _}:
                return "HTML"
        return repr(event)

    return [replaced(event) for event in events(content, options=POSTS.options)]


@given(st.lists(pieces, max_size=30).map("".join) | st.text())
def test_replacing_addresses_changes_nothing_else(content):
    found = find_references(content)
    assert all(before.end <= after.start for before, after in pairwise(found))
    new = replace_all(content)
    images = [event for event in parsed(content) if "'Image'" in event]
    assert [event for event in parsed(new) if "'Image'" in event] == images
    assert find_references(new) == []
    if "<" not in content:
        assert parsed(new) == parsed(content)
