"""Permalinks of Jekyll and Hugo, expanded to the paths of pages on their former site."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_api.text.former_addresses import (
    PLACEHOLDERS,
    STYLES,
    NoDateError,
    Page,
    expand,
    former_path,
    has_placeholders,
    unknown_placeholders,
)
from blog_api.text.paths import canonical_path

JEKYLL = Page(
    path="news/_posts/2020-02-03-Hello_World.md",
    name="Hello_World",
    title="Hello: a (new) World!",
    categories=("News", "Open Data"),
    date=datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC),
)
HUGO = Page(
    path="Blog/old posts/Hello.World.md",
    name="Hello.World",
    title="Hello: a (new)  World!",
    date=datetime(2020, 2, 3, 4, 5, 6, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/:year/:month/:day/:title/", "/2020/02/03/Hello_World/"),
        ("date", "/news/open%20data/2020/02/03/Hello_World.html"),
        ("pretty", "/news/open%20data/2020/02/03/Hello_World/"),
        ("ordinal", "/news/open%20data/2020/034/Hello_World.html"),
        ("weekdate", "/news/open%20data/2020/W06/MON/Hello_World.html"),
        ("none", "/news/open%20data/Hello_World.html"),
        ("/:slugified_categories/:slug", "/news/open-data/hello-world"),
        ("/:short_year/:i_month/:i_day/:hour:minute:second/:title", "/20/2/3/040506/Hello_World"),
        (":w_year/:week/:w_day/:short_month/:long_month/:long_day/x", "/2020/06/1/FEB/February/Monday/x"),
        ("/:collection/:path/:name", "/posts/2020-02-03-Hello_World/2020-02-03-hello-world"),
        ("/:year_:month-:title_old.html", "/2020_02-Hello_World_old.html"),
        ("/a//:title/index.html", "/a/Hello_World/"),
        ("/:basename/:slugorbasename/", "/Hello_World/Hello_World/"),
        # Only Hugo has these placeholders.
        ("/:section/:slug/", "/news/hello-a-new-world/"),
        ("/:monthname/:slugorfilename/", "/February/2020-02-03-hello_world/"),
    ],
)  # fmt: skip
def test_a_post_of_jekyll_has_the_path_of_its_permalink(pattern: str, path: str) -> None:
    assert unknown_placeholders(pattern) == []
    assert expand(pattern, JEKYLL) == path


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/:year/:month/:slug/", "/2020/02/hello-a-new-world/"),
        ("/:title/", "/hello-a-new-world/"),
        ("/:filename/", "/hello.world/"),
        ("/:contentbasename/:slugorcontentbasename", "/hello.world/hello.world"),
        ("/:section/:slugorfilename", "/blog/hello.world"),
        ("/:sections/x", "/blog/old-posts/x"),
        ("/:sections[1:]/x", "/old-posts/x"),
        ("/:sections[:1]/:sections[0]/:sections[last]/:sections[7]/x", "/blog/blog/old-posts/x"),
        ("/:sections/:basename/", "/blog/old-posts/Hello.World/"),
        ("/:yearday/:weekday/:weekdayname/:monthname", "/34/1/Monday/February"),
    ],
)
def test_a_page_of_hugo_has_the_path_of_its_permalink(pattern: str, path: str) -> None:
    assert unknown_placeholders(pattern) == []
    assert expand(pattern, HUGO) == path


def test_the_slug_of_the_front_matter_comes_first() -> None:
    assert expand("/:title/", JEKYLL._replace(slug="v1.2 (Beta)")) == "/v1.2-%28Beta%29/"
    assert expand("/:slug/", JEKYLL._replace(slug="v1.2 (Beta)")) == "/v1-2-beta/"
    assert expand("/:slug/", HUGO._replace(slug="v1.2 (Beta)")) == "/v1.2-beta/"
    assert expand("/:slugorfilename/", HUGO._replace(slug="v1.2 (Beta)")) == "/v1.2-beta/"
    assert expand("/:filename/", HUGO._replace(slug="v1.2")) == "/hello.world/"
    assert expand("/:slugorbasename/", HUGO._replace(slug="v1.2")) == "/v1.2/"


def test_a_page_in_its_own_folder_has_the_name_of_the_folder() -> None:
    page = HUGO._replace(path="blog/2020/my-bundle/index.de.md", name="my-bundle")
    assert expand("/:sections/:filename/", page) == "/blog/2020/my-bundle/"


def test_a_file_name_loses_its_language_but_not_its_date() -> None:
    page = HUGO._replace(path="blog/2020-02-03-hello.de.md", name="hello")
    assert expand("/:filename/", page) == "/2020-02-03-hello/"


def test_hugo_takes_the_date_as_it_is_written() -> None:
    written = datetime(2020, 2, 2, 23, 5, tzinfo=UTC)
    assert expand("/:day/:filename/", HUGO._replace(written_date=written)) == "/02/hello.world/"
    assert expand("/:day/:title/", JEKYLL._replace(written_date=written)) == "/03/Hello_World/"


def test_a_page_without_a_date_has_no_path_with_a_date() -> None:
    with pytest.raises(NoDateError):
        expand("/:year/:title/", HUGO._replace(date=None))
    assert expand("/:title/", HUGO._replace(date=None)) == "/hello-a-new-world/"


def test_unknown_placeholders_are_named() -> None:
    assert unknown_placeholders("/:yaer/:title/:sections[a]/:2006") == [":yaer", ":sections[a]", ":2006"]
    assert not has_placeholders("/a/b/")
    assert has_placeholders("pretty")
    assert has_placeholders("/:nothing/")


@pytest.mark.parametrize("style", [*STYLES, *PLACEHOLDERS])
def test_all_styles_and_placeholders_are_known(style: str) -> None:
    assert unknown_placeholders(style) == []
    assert expand(f"/x{style}" if style.startswith(":") else style, JEKYLL)


pages = st.builds(
    Page,
    path=st.text("aB. é/_-%#?", min_size=1).map(lambda path: f"x/{path}.md"),
    name=st.text(),
    title=st.text(),
    slug=st.text(),
    categories=st.lists(st.text(), max_size=3).map(tuple),
    date=st.datetimes(timezones=st.just(UTC)),
)
patterns = st.lists(
    st.sampled_from([*PLACEHOLDERS, ":sections[1:]", "/", "-", "%", "%C3%A9", "..", ".html", "é", ":"])
).map("".join)


@given(patterns, pages)
def test_any_page_has_a_canonical_path_or_none(pattern: str, page: Page) -> None:
    try:
        path = expand(pattern, page)
    except ValueError:
        return
    assert path == canonical_path(path)
    assert former_path(path) == path


@given(pages)
def test_names_with_signs_do_not_add_segments_or_queries(page: Page) -> None:
    path = expand("/blog/:title/", page._replace(title=page.title.replace("/", "")))
    assert re.fullmatch(r"/blog/(?:[^/?#]+/)?", path)
