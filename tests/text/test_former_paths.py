"""The former address of a post becomes an alias."""

from datetime import UTC

import pytest

from blog_api.text.dates import find_zone
from blog_api.text.documents import Document
from blog_api.text.markdown_files import Site, read_document
from blog_api.text.permalinks import Permalinks


def document(*lines: str, path: str = "posts/hello.md", site: Site = Site()) -> Document:  # noqa: B008 (immutable)
    return read_document("\n".join(["---", "title: Hello", *lines, "---", "Body"]), path, site)


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("permalink: /2020/hello.html", "/2020/hello.html"),
        ("permalink: /hello/index.html", "/hello/"),
        ("permalink: hello.html", "/hello.html"),
        ("url: /2020/hello/", "/2020/hello/"),
        ("url: 2020/hello", "/2020/hello/"),
        ("path: 2020/01/02/Größe", "/2020/01/02/Gr%C3%B6%C3%9Fe/"),
        ("permalink: /:year/:month/:title.html", "/2020/01/hello.html"),
        ("permalink: pretty\ncategories: news", "/news/2020/01/02/hello/"),
    ],
)
def test_the_address_in_the_front_matter_is_an_alias(line: str, path: str) -> None:
    post = document("date: 2020-01-02", line, path="2020-01-02-hello.md")
    assert (post.aliases, post.notes) == ((path,), ())


@pytest.mark.parametrize(
    "line", ["permalink: true", "url: https://example.com/a", "url: mailto:a", "path: ''"]
)
def test_other_values_are_not_addresses(line: str) -> None:
    post = document(line)
    assert (post.aliases, post.notes) == ((), ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("permalink: '/{{ page.fileSlug }}/'", "a template"),
        ("permalink: /:nothing/:title", ":nothing is unknown"),
        ("url: /a?b=c", "a query"),
        ("url: /", "the root"),
    ],
)
def test_an_address_that_is_not_a_path_is_left_out_with_a_note(line: str, reason: str) -> None:
    post = document("date: 2020-01-02", line)
    ((code, detail, number),) = post.notes
    assert (post.aliases, code, number) == ((), "alias_invalid", 4)
    assert f"is not a path of the site ({reason}), so it is left out" in detail


def test_posts_without_an_address_get_the_permalink_of_the_site() -> None:
    site = Site(permalink="/:year/:month/:day/:title/")
    path = "2020-01-02-Hello_World.md"
    assert document(path=path, site=site).aliases == ("/2020/01/02/Hello_World/",)
    assert document("slug: v1.2", path=path, site=site).aliases == ("/2020/01/02/v1.2/",)
    assert document("permalink: /a/", path=path, site=site).aliases == ("/a/",)
    assert document("aliases: [/b]", path=path, site=site).aliases == ("/2020/01/02/Hello_World/", "/b")
    undated = document(site=site)
    assert (undated.aliases, undated.notes) == ((), ())


def test_the_date_in_an_address_is_in_the_time_zone_of_the_site() -> None:
    zone = find_zone("America/New_York") or UTC
    site = Site(zone=zone, permalink="/:year/:month/:day/:title/")
    post = document("date: 2020-01-02 03:00:00 +0000", path="2020-01-02-a.md", site=site)
    assert post.aliases == ("/2020/01/01/a/",)
    # Hugo takes it as it is written, and `publishDate` only if there is no other date.
    lines = ("date: 2020-01-02 23:00:00 -0500", "publishDate: 2021-01-01")
    assert document(*lines, site=Site(permalink="/:day/:filename/")).aliases == ("/02/hello/",)


@pytest.mark.parametrize(
    ("line", "path", "aliases"),
    [
        ("slug: v1.2-RC", "posts/a.md", ("/posts/v1.2-RC/",)),
        ("slug: v1.2-RC", "a.md", ("/v1.2-RC/",)),
        ("slug: hello", "posts/a.md", ()),
        ("slug: Two Words", "posts/a.md", ()),
        ("weight: 1", "posts/Node.js.md", ("/posts/Node.js/",)),
        ("weight: 1", "posts/v1.2/index.md", ("/posts/v1.2/",)),
        ("weight: 1", "news/_posts/2020-01-02-Node.js.md", ("/Node.js/",)),
    ],
)
def test_a_slug_with_dots_or_capitals_is_an_alias(line: str, path: str, aliases: tuple[str, ...]) -> None:
    assert document(line, path=path).aliases == aliases


def test_a_slug_with_capitals_is_also_an_alias_where_the_new_site_has_its_posts() -> None:
    template = "https://example.com/blog/{year}/{slug}"
    permalinks = Permalinks(template, None, None, UTC, None, "")
    site = Site(permalinks=permalinks)
    assert document("slug: Hello.World", "date: 2020-01-02", site=site).aliases == (
        "/posts/Hello.World/",
        "/blog/2020/Hello.World",
    )
    assert document("slug: Hello.World", site=site).aliases == ("/posts/Hello.World/",)


def test_the_new_address_of_a_post_is_not_an_alias() -> None:
    permalinks = Permalinks("https://example.com/{year}/{slug}", None, None, UTC, None, "")
    site = Site(permalink="/:year/:title/", permalinks=permalinks)
    assert document("date: 2020-01-02", path="2020-01-02-a.md", site=site).aliases == ()
    assert document("date: 2020-01-02", path="2020-01-02-A.md", site=site).aliases == ("/2020/A/",)
