"""Summaries from front matter, or from the text before a marker."""

import pytest

from blog_api.text.documents import Document
from blog_api.text.markdown_files import read_document


def document(content: str, *lines: str) -> Document:
    return read_document("\n".join(["---", "title: Hello", *lines, "---", content]), "hello.md")


@pytest.mark.parametrize(
    ("content", "rest"),
    [
        ("Some **bold** [text](/a).\n\n<!-- more -->\n\nThe rest.", "Some **bold** [text](/a).\n\nThe rest."),
        ("Some `bold` [text][1].\n<!--more-->\nThe rest.", "Some `bold` [text][1].\nThe rest."),
        ("Some bold text. <!--MORE--> The rest.", "Some bold text. The rest."),
        ("Some bold text.<!-- more -->", "Some bold text."),
        ("Some bold text. <!-- more -->\nThe rest.", "Some bold text.\nThe rest."),
    ],
)
def test_the_text_before_the_marker_is_the_summary(content: str, rest: str) -> None:
    post = document(content)
    assert (post.summary, post.content) == ("Some bold text.", rest)


def test_a_summary_in_the_front_matter_comes_first_and_the_description_last() -> None:
    content = "Before.\n\n<!-- more -->\n\nAfter."
    assert document(content, "description: d", "excerpt: e", "summary: s").summary == "s"
    assert document(content, "description: d", "excerpt: e").summary == "e"
    assert document(content, "description: d").summary == "Before."
    assert document("Text.", "description: d").summary == "d"
    assert {document(content, line).content for line in ("excerpt: e", "x: y")} == {"Before.\n\nAfter."}


@pytest.mark.parametrize(
    "content",
    [
        "```html\n<!-- more -->\n```\nText.",
        "~~~~\n```\n<!-- more -->\n~~~~\nText.",
        "Write `<!-- more -->` to split.",
        "A <!-- moreover --> B",
    ],
)
def test_a_marker_in_code_is_ignored(content: str) -> None:
    post = document(content)
    assert (post.summary, post.content) == ("", content)


def test_a_post_can_name_its_own_marker_as_in_jekyll() -> None:
    post = document("A.\n<!-- end -->\nB.", "excerpt_separator: <!-- end -->")
    assert (post.summary, post.content, post.unread) == ("A.", "A.\nB.", ())
    post = document("A.\n\nB.", 'excerpt_separator: "\\n\\n"')
    assert (post.summary, post.content) == ("", "A.\n\nB.")


def test_the_description_is_also_left_for_search_engines() -> None:
    post = document("Text.", "description: d", "deck: e")
    assert [value.key for value in post.unread] == ["description"]
