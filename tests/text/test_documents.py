"""Posts of Jekyll, Hugo and Zola, and the lines of errors."""

from datetime import UTC, datetime

import pytest

from blog_api.text.documents import Document
from blog_api.text.file_names import is_section
from blog_api.text.issues import Refused
from blog_api.text.markdown_files import read_document


def document(*lines: str, path: str = "posts/hello.md") -> Document:
    return read_document("\n".join(["---", "title: Hello", *lines, "---", "Body"]), path)


def refusal(*lines: str, path: str = "posts/hello.md") -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        document(*lines, path=path)
    return caught.value.line, caught.value.detail


def test_a_jekyll_post_is_read() -> None:
    text = """---
layout: post
title:  "Hello,   world"
date:   2014-05-16 15:03:07 -0400
categories: news open-data
tags: [API, api, " open  data "]
author: Jane Roe, Esq.
excerpt: |
  First line.
  Second line.
published: false
---

# Heading
"""
    assert read_document(text, "_posts/2014-05-16-hello-world.md") == Document(
        title="Hello, world",
        slug="hello-world",
        date=datetime(2014, 5, 16, 19, 3, 7, tzinfo=UTC),
        summary="First line.\nSecond line.",
        authors=("Jane Roe, Esq.",),
        tags=("API", "open data", "news", "open-data"),
        status="draft",
        content="# Heading",
        line=14,
    )


def test_a_hugo_post_is_read() -> None:
    text = """---
Title: Über uns
publishDate: 2024-01-02
description: What we do
authors: [{name: Jane Roe, slug: jane}, {username: max}, {name: Kim}, erin]
topics:
  - design
draft: "false"
---
"""
    assert read_document(text, "posts/2023-12-31-about/index.md") == Document(
        title="Über uns",
        slug="about",
        date=datetime(2024, 1, 2, tzinfo=UTC),
        summary="What we do",
        authors=("jane", "max", "Kim", "erin"),
        tags=("design",),
        content="",
        line=10,
    )


def test_a_zola_post_is_read() -> None:
    text = """+++
title = "Hello"
date = 2014-05-16T10:00:00-04:00
slug = "Other Name"
draft = true
[taxonomies]
tags = ["a", "b"]
categories = ["c"]
authors = ["jane"]
[extra]
title = "ignored"
+++
Body
"""
    assert read_document(text, "blog/hello.md") == Document(
        title="Hello",
        slug="other-name",
        date=datetime(2014, 5, 16, 14, tzinfo=UTC),
        summary="",
        authors=("jane",),
        tags=("a", "b", "c"),
        status="draft",
        content="Body",
        line=13,
    )


@pytest.mark.parametrize("title", ["2014", "1.10", "true", "2014-05-16", "12:30", "no"])
def test_a_title_that_looks_like_another_type_is_text(title: str) -> None:
    assert read_document(f"---\ntitle: {title}\n---\n", "a.md").title == title


@pytest.mark.parametrize("title", ["", "~", "' '", '"\u200b"', '"\\0"'])
def test_a_blank_title_is_rejected_at_its_line(title: str) -> None:
    with pytest.raises(Refused, match="line 3: title is missing"):
        read_document(f"---\ndate: 2014-05-16\ntitle: {title}\n---\n", "index.md")


def test_a_missing_title_is_rejected_at_the_fence() -> None:
    with pytest.raises(Refused, match="line 2: title is missing"):
        read_document("\n---\ndate: 2014-05-16\n---\n", "2014-05-16.md")


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("2020-01-01-hello-world.md", "Hello World"),
        ("hello_world.md", "Hello World"),
        ("2020-01-01-hello-world/index.md", "Hello World"),
        ("Über uns.md", "Über Uns"),
    ],
)
def test_a_post_without_a_title_is_titled_by_its_name_with_a_note(path: str, title: str) -> None:
    post = read_document("---\ndate: 2020-01-01\n---\n", path)
    assert post.title == title
    assert post.notes == (("title_from_name", f"no title, so it is made from the file name: {title}", 1),)


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        ("hello-world.md", "hello-world"),
        ("news/2014/05/2014-05-16-Hello World.markdown", "hello-world"),
        ("news/v1.2.md", "v1-2"),
        ("news/my-bundle/index.md", "my-bundle"),
        ("news/2014-05-16-my-bundle/index.en.md", "my-bundle"),
        ("index.md", "title-of-it"),
        ("2014-05-16.md", "title-of-it"),
        ("🎉.md", "party-popper"),
        ("", "title-of-it"),
    ],
)
def test_the_slug_defaults_to_the_file_name(path: str, slug: str) -> None:
    assert read_document("---\ntitle: Title of it\nslug: ''\n---\n", path).slug == slug


def test_a_given_slug_is_slugified() -> None:
    assert document("slug: /Guides/Über uns/").slug == "guides-uber-uns"


def test_the_first_summary_that_is_not_blank_is_used() -> None:
    assert document("deck: d", "description: b", "summary: a").summary == "a"
    assert document("deck: d", "excerpt: c", "summary: ' '").summary == "c"
    assert document("deck: d").summary == "d"


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("tags: one two", ("one", "two")),
        ("categories: one two, three", ("one two", "three")),
        ("category: one two", ("one two",)),
        ("tag: one, two", ("one", "two")),
        ("topics: one two", ("one two",)),
        ("tags: ['Washington, D.C.', ~, '', 2016, no]", ("Washington, D.C.", "2016", "no")),
        ("tags: [Open Data, opendata, OPEN-DATA]", ("Open Data", "OPEN-DATA")),
        ("tags: [C, C++, C#, c]", ("C", "C++", "C#")),
        ("tags: ~", ()),
        ("Tags: []", ()),
        ("tags: {name: a}", ("a",)),
        ("categories: [[a, b], [c, [d, a]]]", ("a", "b", "c", "d")),
        ("taxonomies: {tags: [[a]]}", ("a",)),
    ],
)
def test_tags_are_read(line: str, tags: tuple[str, ...]) -> None:
    assert document(line).tags == tags


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("author: Jane Roe, Esq.", ("Jane Roe, Esq.",)),
        ("authors: jane, max", ("jane", "max")),
        ("author: {name: Jane Roe}", ("Jane Roe",)),
        ("author: [jane, Jane]", ("jane",)),
        ("taxonomies: {authors: [jane], author: max}", ("jane", "max")),
    ],
)
def test_authors_are_read(line: str, authors: tuple[str, ...]) -> None:
    assert document(line).authors == authors


def test_a_title_that_is_not_text_is_rejected() -> None:
    with pytest.raises(Refused, match="line 2: title must be text"):
        read_document("---\ntitle: [a]\n---\n", "a.md")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("slug: [a]", "slug must be text, so it is left out"),
        ("summary: {a: b}", "summary must be text, so it is left out"),
        ("authors: [{email: a}]", "authors must be a name or a list of names, so this is left out"),
        ("authors: [{name: [a]}]", "authors must be a name or a list of names, so this is left out"),
        (
            f"author: {'x' * 501}",
            f"author: a name has more than 500 characters, so it is left out: {'x' * 100}",
        ),
        ("tags: [{url: a}]", "tags must be a name or a list of names, so a mapping is left out"),
        (f"tags: {'x' * 51}", f"tags: a name has more than 50 characters, so it is left out: {'x' * 51}"),
    ],
)
def test_other_values_of_the_wrong_type_are_skipped_with_a_note(line: str, reason: str) -> None:
    post = document("layout: post", line)
    assert (post.slug, post.summary, post.tags, post.authors) == ("hello", "", (), ())
    assert post.notes == (("value_skipped", reason, 4),)


def test_the_last_value_of_a_duplicated_key_counts_with_a_note() -> None:
    post = document("tags: a", "layout: post", "tags: b")
    detail = "tags is duplicated or contains a duplicate key, so the last one counts"
    assert (post.tags, post.notes) == (("b",), (("key_duplicated", detail, 5),))


@pytest.mark.parametrize(
    ("path", "section"),
    [("news/_index.md", True), ("_index.es.md", True), ("news/index.md", False), ("news/my_index.md", False)],
)
def test_section_pages_are_recognized_by_name(path: str, section: bool) -> None:
    assert is_section(path) is section
