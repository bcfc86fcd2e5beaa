"""Paths on the former site in front matter of Hugo, Zola and Jekyll."""

import pytest

from blog_api.text.documents import Document
from blog_api.text.markdown_files import read_document


def document(*lines: str, path: str = "posts/hello.md") -> Document:
    return read_document("\n".join(["---", "title: Hello", *lines, "---", "Body"]), path)


@pytest.mark.parametrize(
    ("line", "aliases"),
    [
        ("aliases: [/2020/01/31/hello/, /hello.html]", ("/2020/01/31/hello/", "/hello.html")),
        ("aliases: /hello", ("/hello",)),
        ("redirect_from: /hello", ("/hello",)),
        ("redirect_from: [/a, b/c]", ("/a", "/b/c/")),
        ("aliases: [/a]\nredirect_from: [/a, /b]", ("/a", "/b")),
        (
            "aliases: ['/two words/', '/Größe/', /%47/%c3%9f]",
            ("/two%20words/", "/Gr%C3%B6%C3%9Fe/", "/G/%C3%9F"),
        ),
        ("aliases: []", ()),
        ("aliases:", ()),
        ("aliases: ['', ~]", ()),
    ],
)
def test_aliases_are_read_in_one_spelling(line: str, aliases: tuple[str, ...]) -> None:
    post = document(line)
    assert (post.aliases, post.notes) == (aliases, ())


@pytest.mark.parametrize(
    ("path", "alias", "absolute"),
    [
        ("examples/a.md", "a-old", "/examples/a-old/"),
        ("examples/a.md", "../a-old", "/a-old/"),
        ("examples/a.md", "./a-old", "/examples/a-old/"),
        ("examples/a/index.md", "a-old", "/examples/a-old/"),
        ("examples/a.md", "old/a.html", "/examples/old/a.html"),
        ("examples/a.md", "../../../a", "/a/"),
        ("a.md", "a-old", "/a-old/"),
    ],
)
def test_a_relative_alias_is_relative_to_the_folder_of_the_page_as_in_hugo(
    path: str, alias: str, absolute: str
) -> None:
    assert document(f"aliases: [{alias}]", path=path).aliases == (absolute,)


def test_a_relative_alias_is_relative_to_the_url_of_the_page() -> None:
    assert document("url: /2020/hello/", "aliases: [old]").aliases == ("/2020/hello/", "/2020/old/")


def test_in_zola_and_jekyll_aliases_are_relative_to_the_root() -> None:
    text = '+++\ntitle = "A"\naliases = ["old/a"]\n[extra]\nx = 1\n+++\n'
    assert read_document(text, "blog/a.md").aliases == ("/old/a/",)
    assert document("redirect_from: old/a/", path="_posts/2020-01-01-a.md").aliases == ("/old/a/",)


@pytest.mark.parametrize(
    "alias",
    ["/", "https://example.com/a", "/a?b=c", "/a#b", "/a//b", "//example.com/a", "/%zz", "/%ff", "/a/../b", '"/a\\tb"',
     "{a: b}", "[/a]", f"/{'a' * 1000}"],
)  # fmt: skip
def test_an_invalid_alias_is_left_out_with_a_note(alias: str) -> None:
    post = document("weight: 1", f"aliases: [{alias}, /b]")
    assert post.aliases == ("/b",)
    ((code, detail, line),) = post.notes
    assert (code, line) == ("alias_invalid", 4)
    assert "is not a path of the site" in detail
