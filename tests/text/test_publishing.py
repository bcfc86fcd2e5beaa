"""When posts of Jekyll, Hugo and Zola are published, and which ones are drafts."""

from datetime import UTC, datetime

import pytest

from blog_api.text.dates import find_zone
from blog_api.text.documents import Document
from blog_api.text.markdown_files import Site, read_document


def document(*lines: str, path: str = "posts/hello.md") -> Document:
    return read_document("\n".join(["---", "title: Hello", *lines, "---", "Body"]), path)


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
        assert (found.date, found.status) == (datetime(2020 + number, 1, 1, tzinfo=UTC), "published")


def test_an_invalid_date_falls_back_to_the_path_with_a_note() -> None:
    post = document("date: soon", path="2014-05-16-hello.md")
    assert post.date == datetime(2014, 5, 16, tzinfo=UTC)
    assert post.notes == (
        ("date_from_path", "date is not a valid date: soon; the date in the path is used", 3),
    )


@pytest.mark.parametrize("key", ["publishDate", "pubdate", "published"])
def test_an_invalid_date_that_could_delay_the_publication_makes_a_draft(key: str) -> None:
    post = document(f"{key}: soon", "date: 2014-05-16", path="2015-05-16-hello.md")
    detail = f"{key.lower()} is not a valid date: soon, so the post is a draft"
    assert (post.status, post.date) == ("draft", datetime(2014, 5, 16, tzinfo=UTC))
    assert post.notes == (("date_invalid", detail, 3),)


def test_dates_are_in_the_given_time_zone() -> None:
    zone = find_zone("America/New_York")
    assert zone
    for text, path in (
        ("date: 2014-05-16", "a.md"),
        ("x: y", "2014-05-16-a.md"),
        ("x: y", "2014/05/16/a.md"),
    ):
        post = read_document(f"---\ntitle: A\n{text}\n---\n", path, Site(zone))
        assert post.date == datetime(2014, 5, 16, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "date", ["soon", "2014-02-30", "10:00:00", "9999-12-31 23:59 -1200", "x" * 1000, "[2014-05-16]"]
)
def test_an_invalid_date_makes_a_draft_with_a_note(date: str) -> None:
    post = document("slug: x", f"date: {date}")
    ((code, detail, line),) = post.notes
    assert (post.status, post.date, code, line) == ("draft", None, "date_invalid", 4)
    assert detail.startswith("date is not a valid date: ")


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
    assert document(line).status == ("draft" if draft else "published")


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
    assert post.status == "draft"
    assert post.notes == (("hidden", f"{note}, so the post is a draft", 3),)


@pytest.mark.parametrize("line", ["draft: maybe", "draft: [true]", "hidden: maybe"])
def test_an_unclear_value_makes_a_draft_with_a_note(line: str) -> None:
    post = document(line, "date: 2014-05-16")
    assert post.status == "draft"
    key = line.partition(":")[0]
    assert ("value_skipped", f"{key} must be true or false, so the post is a draft", 3) in post.notes


def test_a_duplicated_key_makes_a_draft_with_a_note() -> None:
    post = document("draft: true", "date: 2014-05-16", "draft: false")
    assert post.status == "draft"
    assert ("hidden", "draft: duplicated, so the post is a draft", 3) in post.notes


@pytest.mark.parametrize("status", ["pending", "archived"])
def test_a_status_of_the_blog_is_kept(status: str) -> None:
    post = document(f"status: {status.title()}", "date: 2014-05-16")
    assert (post.status, post.notes) == (status, ())
    assert document(f"status: {status}", "draft: true").status == "draft"


def test_files_in_jekylls_drafts_folder_are_drafts() -> None:
    assert document("draft: false", path="_drafts/hello.md").status == "draft"
