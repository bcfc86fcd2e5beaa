"""Links between posts are recognised in the spellings of site generators."""

from __future__ import annotations

import pytest

from blog_api.text.post_links import Pages, alias_of, find_post_links, may_link_to, plain_slug
from blog_api.text.template_code import LinkTag

PAGES = Pages(
    ["a.md", "b/index.md", "b/c.md", "b/d/c.md", "_posts/2020-01-02-e.markdown", "größe.md"],
    "/site/content/blog",
)


@pytest.mark.parametrize(
    ("url", "file", "found"),
    [
        ("../a.md#part", "b/c.md", ("a.md", "#part")),
        ("c.md", "b/index.md", ("b/c.md", "")),
        ("d/c.md?x#y", "b/c.md", ("b/d/c.md", "#y")),
        ("./gr%C3%B6%C3%9Fe.md", "a.md", ("größe.md", "")),
        ("@/blog/b/c.md", "a.md", ("b/c.md", "")),
        ("@/b/index.md", "a.md", ("b/index.md", "")),
        ("../blog/a.md", "a.md", ("a.md", "")),
        ("/b/c/", "a.md", ("b/c.md", "")),
        ("/blog/b/", "a.md", ("b/index.md", "")),
        ("../c/", "b/d.md", ("b/c.md", "")),
        ("/a.html", "b/c.md", ("a.md", "")),
        ("../../a.md", "b/c.md", None),
        ("x.md", "a.md", None),
        ("https://example.com/a.md", "a.md", None),
        ("#part", "a.md", None),
        ("..", "a.md", None),
        ("/", "a.md", None),
    ],
)
def test_urls_are_resolved(url: str, file: str, found: tuple[str, str] | None) -> None:
    assert PAGES.find_url(url, file) == found


@pytest.mark.parametrize(
    ("tag", "file", "found"),
    [
        (LinkTag("name", "2020-01-02-e"), "a.md", ("_posts/2020-01-02-e.markdown", "")),
        (LinkTag("path", "_posts/2020-01-02-e.markdown"), "b/c.md", ("_posts/2020-01-02-e.markdown", "")),
        (LinkTag("ref", "/blog/b/c.md#x"), "a.md", ("b/c.md", "#x")),
        (LinkTag("ref", "content/blog/b/c"), "a.md", ("b/c.md", "")),
        (LinkTag("ref", "c.md"), "b/d/c.md", ("b/d/c.md", "")),
        (LinkTag("ref", "a"), "b/d/c.md", ("a.md", "")),
        (LinkTag("ref", "2020-01-02-e.markdown"), "a.md", ("_posts/2020-01-02-e.markdown", "")),
        (LinkTag("ref", "c"), "a.md", None),
        (LinkTag("name", "x"), "a.md", None),
        (LinkTag("ref", ""), "a.md", None),
    ],
)
def test_tags_are_resolved(tag: LinkTag, file: str, found: tuple[str, str] | None) -> None:
    assert PAGES.find_tag(tag, file) == found


def test_links_in_content_are_found_but_not_in_code() -> None:
    content = (
        "[a](b/c.md) ![a](a.md) `[a](a.md)` [x](x.md) [y](https://example.org/a.md) [z](z.png) [w](/w/)\n\n"
        "<a href='/b/'>b</a> [r]\n\n[r]: ../blog/a.md#x\n\n    [a](a.md)\n"
    )
    found = [
        (reference.url, link and link.path) for reference, link in find_post_links(content, PAGES, "a.md")
    ]
    assert found == [("b/c.md", "b/c.md"), ("x.md", None), ("/b/", "b/index.md"), ("../blog/a.md#x", "a.md")]


def test_the_quick_search_finds_all_targets() -> None:
    text = (
        "[a](b/c.md) [c][d]\n[d]: b/d/c.md\n<a href=größe.md>\n"
        '{% post_url 2020-01-02-e %} [b]({{< ref "b" >}}) [x](x.md) [s](a.md) [u](https://example.com/b/)'
    )
    assert may_link_to(text, PAGES, "a.md") == {
        *("b/c.md", "b/index.md", "b/d/c.md", "größe.md", "_posts/2020-01-02-e.markdown")
    }


@pytest.mark.parametrize(
    ("path", "alias"),
    [
        ("b/c.md", "/b/c/"),
        ("b/index.md", "/b/"),
        ("_posts/2020-01-02-e.markdown", "/2020-01-02-e/"),
        ("größe (1).md", "/gr%C3%B6%C3%9Fe%20%281%29/"),
        ("index.md", None),
        ("a\n.md", None),
    ],
)
def test_files_have_an_alias(path: str, alias: str | None) -> None:
    assert alias_of(path) == alias


@pytest.mark.parametrize(
    "piece", ["](", "[a](b", "href=", "[", "[a]:", "{{< ref ", "{% link ", "../", "](a:"]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    assert may_link_to(piece * (200_000 // len(piece)), PAGES, "a.md") == set()


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("---\ntitle: A\nslug: a-b\n---\nslug: c", "a-b"),
        ("---\nslug:  'a' \n---\n", "a"),
        ("---\nslug: A\n---\n", None),
        ("---\nslug: a b\n---\n", None),
        ("---\nslug: null\n---\n", None),
        ("---\nslug: a\nSlug: b\n---\n", None),
        ("---\nslug: a--b\n---\n", None),
        ("---\ntitle: A\n---\nslug: c", None),
        ("+++\nslug = 'a'\n+++\n", None),
        ("slug: a", None),
    ],
)
def test_plain_slugs_are_read_quickly(text: str, slug: str | None) -> None:
    assert plain_slug(text) == slug
