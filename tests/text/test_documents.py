"""Posts of Jekyll, Hugo and Zola, and the lines of errors."""

from datetime import UTC, datetime

import pytest

from blog_api.text.dates import find_zone
from blog_api.text.documents import Document, is_section, read_document
from blog_api.text.front_matter_blocks import FrontMatterError


def document(*lines: str, path: str = "posts/hello.md") -> Document:
    return read_document("\n".join(["---", "title: Hello", *lines, "---", "Body"]), path)


def refusal(*lines: str, path: str = "posts/hello.md") -> tuple[int, str]:
    with pytest.raises(FrontMatterError) as caught:
        document(*lines, path=path)
    return caught.value.line, caught.value.reason


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
        draft=True,
        content="# Heading",
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
        draft=False,
        content="",
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
        draft=True,
        content="Body",
    )


@pytest.mark.parametrize("title", ["2014", "1.10", "true", "2014-05-16", "12:30", "no"])
def test_a_title_that_looks_like_another_type_is_text(title: str) -> None:
    assert read_document(f"---\ntitle: {title}\n---\n", "a.md").title == title


@pytest.mark.parametrize("title", ["", "~", "' '", '"\u200b"', '"\\0"'])
def test_a_blank_title_is_rejected_at_its_line(title: str) -> None:
    with pytest.raises(FrontMatterError, match="line 3: title is missing"):
        read_document(f"---\ndate: 2014-05-16\ntitle: {title}\n---\n", "index.md")


def test_a_missing_title_is_rejected_at_the_fence() -> None:
    with pytest.raises(FrontMatterError, match="line 2: title is missing"):
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
    assert post.notes == ((1, f"no title, so it is made from the file name: {title}"),)


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


def test_the_date_defaults_to_the_one_in_the_file_name() -> None:
    path = "2014-05-16-hello.md"
    assert document(path=path).date == document("date:", path=path).date == datetime(2014, 5, 16, tzinfo=UTC)
    assert document("date: 2020-01-01", path=path).date == datetime(2020, 1, 1, tzinfo=UTC)
    assert document().date is None


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        (["path: 2014/05/16/hello"], "a.md"),
        (["path: 2014-05-16-hello"], "a.md"),
        (["permalink: /2014/05/16/hello/"], "a.md"),
        (["url: /2014/05/16/hello.html"], "2020-01-01-a.md"),
        ([], "blog/2014/05/16/hello.md"),
        ([], "2014-05-16/hello.md"),
        ([], "2014-05-16-hello/index.md"),
        (["permalink: /:year/:title/"], "2014-05-16-hello.md"),
        (["permalink: pretty"], "2014-05-16-hello.md"),
        (["url: https://example.com/2020/01/01/other"], "2014-05-16-hello.md"),
    ],
)
def test_the_path_provides_date_and_slug(lines: list[str], path: str) -> None:
    post = document(*lines, path=path)
    assert (post.date, post.slug) == (datetime(2014, 5, 16, tzinfo=UTC), "hello")


def test_dates_are_taken_in_the_order_of_hugo() -> None:
    keys = ["publishDate", "pubdate", "published", "date"]
    lines = [f"{key}: 20{20 + number}-01-01" for number, key in enumerate(keys)]
    for number in range(len(keys)):
        found = document(*reversed(lines[number:]))
        assert (found.date, found.draft) == (datetime(2020 + number, 1, 1, tzinfo=UTC), False)


def test_an_invalid_date_falls_back_to_the_path_with_a_note() -> None:
    post = document("date: soon", path="2014-05-16-hello.md")
    assert post.date == datetime(2014, 5, 16, tzinfo=UTC)
    assert post.notes == ((3, "date is not a valid date: soon; the date in the path is used"),)


@pytest.mark.parametrize("key", ["publishDate", "pubdate", "published"])
def test_an_invalid_date_that_could_delay_the_publication_is_rejected(key: str) -> None:
    reason = f"{key.lower()} is not a valid date: soon"
    assert refusal(f"{key}: soon", "date: 2014-05-16", path="2014-05-16-hello.md") == (3, reason)


def test_dates_are_in_the_given_time_zone() -> None:
    zone = find_zone("America/New_York")
    assert zone
    for text, path in (
        ("date: 2014-05-16", "a.md"),
        ("x: y", "2014-05-16-a.md"),
        ("x: y", "2014/05/16/a.md"),
    ):
        post = read_document(f"---\ntitle: A\n{text}\n---\n", path, zone)
        assert post.date == datetime(2014, 5, 16, 4, tzinfo=UTC)


@pytest.mark.parametrize("date", ["soon", "2014-02-30", "10:00:00", "9999-12-31 23:59 -1200", "x" * 1000])
def test_an_invalid_date_is_rejected_at_its_line(date: str) -> None:
    line, reason = refusal("slug: x", f"date: {date}")
    assert (line, reason) == (4, f"date is not a valid date: {date[:50]}")


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


@pytest.mark.parametrize(
    ("line", "draft"),
    [
        ("draft: true", True),
        ("draft: 'True'", True),
        ("draft: false", False),
        ("draft:", False),
        ("published: false", True),
        ("published: true", False),
        ("published: 2014-05-16", False),
        ("hidden: false", False),
        ("status: publish", False),
        ("build: {render: always, list: always}", False),
        ("weight: 1", False),
    ],
)
def test_drafts_are_recognized(line: str, draft: bool) -> None:
    assert document(line).draft is draft


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("headless: true", "headless: true"),
        ("unlisted: 'yes'", "unlisted: true"),
        ("Hidden: true", "hidden: true"),
        ("private: true", "private: true"),
        ("render: false", "render: false"),
        ("permalink: false", "permalink: false"),
        ("status: Private", "status: private"),
        ("build: {render: never}", "build: render: never"),
        ("_build: {render: false, list: true}", "_build: render: false"),
        ("build: {list: never}", "build: list: never"),
        ("build: false", "build: render: false"),
    ],
)
def test_hidden_pages_are_drafts_with_a_note(line: str, note: str) -> None:
    post = document(line, "date: 2014-05-16")
    assert post.draft
    assert post.notes == ((3, f"{note}, so the post is a draft"),)


def test_files_in_jekylls_drafts_folder_are_drafts() -> None:
    assert document("draft: false", path="_drafts/hello.md").draft


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("slug: [a]", "slug must be text"),
        ("date: [2014-05-16]", "date must be text"),
        ("summary: {a: b}", "summary must be text"),
        ("draft: maybe", "draft must be true or false"),
        ("published: maybe", "published is not a valid date: maybe"),
        ("hidden: maybe", "hidden must be true or false"),
        ("tags: [[a]]", "tags must be a name or a list of names"),
        ("tags: {name: a}", "tags must be a name or a list of names"),
        ("authors: [{email: a}]", "authors must be a name or a list of names"),
        ("authors: [{name: [a]}]", "authors must be a name or a list of names"),
        ("taxonomies: {tags: [[a]]}", "tags must be a name or a list of names"),
        ("tags: a\nlayout: post\ntags: b", "tags is duplicated or contains a duplicate key"),
    ],
)
def test_a_value_of_the_wrong_type_is_rejected_at_its_line(line: str, reason: str) -> None:
    assert refusal("layout: post", line) == (4 + line.count("\n"), reason)


@pytest.mark.parametrize(
    ("path", "section"),
    [("news/_index.md", True), ("_index.es.md", True), ("news/index.md", False), ("news/my_index.md", False)],
)
def test_section_pages_are_recognized_by_name(path: str, section: bool) -> None:
    assert is_section(path) is section
