"""Links between the posts of a folder lead to the new addresses, and template code and unread keys are reported."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blog_api.context import exchange
from tests.services.helpers import folder_import, noted


@pytest.fixture
def run_for(app, folder):
    """Import the folder for a site with this POST_URL, and return the report."""

    def run_import(post_url=None, **options):
        with app.app_context():
            exchange.permalinks = replace(exchange.permalinks, post=post_url)
            return folder_import(app, folder, folder.as_posix(), **options).run()

    return run_import


@pytest.fixture
def write_post(write):
    """Write a post with this slug and content."""

    def write_file(name, slug, content="Text."):
        return write(name, f"---\ntitle: A\ndate: 2020-05-01\nslug: {slug}\n---\n{content}\n")

    return write_file


@pytest.fixture
def aliases(sql):
    return lambda: sorted(path for (path,) in sql("SELECT path FROM redirects"))


def test_links_lead_to_the_urls_of_the_posts(run_for, write_post, posts, aliases):
    write_post("b/one.md", "first", "[two](../two.md#part) [self](#top) [x](x.md) ![](two.md) `[a](two.md)`")
    write_post(
        "two.md", "second", '[a]({{< ref "one.md" >}}) [b](@/b/one.md) {% post_url three %} {{< note >}}'
    )
    write_post("three.md", "third", "Text\n\n[a](/two/) [b](../b/one/)")
    write_post("four.md", "third", "[a](three.md)")
    report = run_for("https://example.com/posts/{year}/{slug}/")
    contents = {name: post.content for name, post in posts().items()}
    assert contents == {
        "one.md": "[two](/posts/2020/second/#part) [self](#top) [x](x.md) ![](two.md) `[a](two.md)`",
        "two.md": "[a](/posts/2020/first/) [b](/posts/2020/first/) /three/ {{< note >}}",
        "three.md": "Text\n\n[a](/posts/2020/second/) [b](/posts/2020/first/)",
        # Two posts have this slug in their files.
        "four.md": "[a](/three/)",
    }
    assert aliases() == ["/three/"]
    assert noted(report, "link_missing") == [
        ("one.md", "x.md is not a post in the folder, so the link stays unchanged")
    ]
    detail = "{{< note >}} stays in the text"
    assert [entry.detail for entry in report.sorted_entries if entry.code == "template_code"] == [detail]


@pytest.mark.parametrize("post_url", [None, "https://example.com/?p={slug}"])
def test_links_lead_to_aliases_if_the_urls_are_unknown(run_for, write_post, posts, aliases, post_url):
    write_post("a.md", "first", "[b](b.md)")
    write_post("b.md", "second")
    assert run_for(post_url).created == 2
    assert (posts()["a.md"].content, aliases()) == ("[b](/b/)", ["/b/"])
    assert run_for(post_url).unchanged == 2
    write_post("c.md", "third", "[a](a.md) [b](b.md)")
    report = run_for(post_url)
    assert (report.created, report.updated, report.unchanged) == (1, 1, 1)
    assert (posts()["c.md"].content, aliases()) == ("[a](/a/) [b](/b/)", ["/a/", "/b/"])


def test_links_to_a_post_whose_slug_is_taken_lead_to_an_alias(run_for, write_post, posts, aliases, people):
    people("author").post("/posts", json={"title": "A", "slug": "second"})
    write_post("a.md", "first", "[b](b.md)")
    write_post("b.md", "second")
    # The site could show another post at /b/.
    for _ in range(2):
        run_for("/{slug}")
        assert (posts()["a.md"].content, aliases()) == ("[b](/b.md)", ["/b.md"])
        write_post("a.md", "first", "[b](b.md)\n")


def test_a_link_is_replaced_when_its_target_comes_later(run_for, write_post, posts):
    write_post("a.md", "first", "[b](b.md)")
    assert [name for name, _ in noted(run_for("/{slug}"), "link_missing")] == ["a.md"]
    write_post("b.md", "second")
    run_for("/{slug}")
    assert posts()["a.md"].content == "[b](/second)"


def test_unread_keys_are_counted(run_for, write):
    for name in "ab":
        write(f"{name}.md", "---\ntitle: A\nWeight: 3\nlayout: post\n---\n")
    found = [entry for entry in run_for().sorted_entries if entry.code == "key_unread"]
    assert [(entry.line, entry.detail) for entry in found] == [
        (3, "Weight is kept in the metadata, as _Weight (2 times, first here)")
    ]
