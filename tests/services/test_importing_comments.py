"""Importing comments with posts, again and again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from blog_api.crud.comments import imports
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.importer import Importer
from blog_api.text.documents import Document, DocumentComment
from tests.blueprints.changes.helpers import Follower
from tests.services.helpers import pictures_of

DATE = datetime(2020, 5, 1, tzinfo=UTC)
POST = Document(
    title="Hello", slug="hello", date=DATE, summary="", authors=("ada",), tags=(), content="Text."
)


@dataclass(frozen=True)
class Entry:
    """An item of an export, with a document that need not be read."""

    document: Document
    source: str = "blog/1"
    place: Path = Path("blog.xml")
    line: int = 9

    def digest(self, options):
        return f"{hash(str(self.document)):032x}"[-32:]

    def read(self):
        return self.document


def comment(uid, parent="", content="Nice.", *, status="approved", name="Bob", author="", minutes=0):
    return DocumentComment(
        uid, parent, name, author, content, status, DATE + timedelta(minutes=minutes or int(uid))
    )


@pytest.fixture
def run(app, tmp_path):
    def run_import(*comments, **options):
        with app.app_context():
            importer = Importer(tmp_path, "imported", Authors(), pictures_of(app, tmp_path), **options)
            return importer.run([Entry(replace(POST, comments=comments))])

    return run_import


@pytest.fixture
def shown(client):
    """Read the comments on the post, and check their number."""

    def read_comments():
        (post,) = client.get("/api/v1/posts").json["data"]
        comments = client.get(f"/api/v1/posts/{post['id']}/comments").json["data"]
        single = client.get(f"/api/v1/posts/{post['id']}").json
        assert single["comment_count"] == sum(each["status"] == "approved" for each in comments)
        return comments

    return read_comments


@pytest.fixture
def thread(shown):
    """Read the authors, the depths and the contents of the comments on the post."""

    def read_thread():
        return [(each["author"]["display_name"], each["depth"], each["content"]) for each in shown()]

    return read_thread


def test_comments_keep_their_thread_their_times_and_their_authors(run, thread, shown):
    report = run(comment("1"), comment("2", "1", "Thanks!", author="ada"), comment("3"))
    assert (report.created, report.comments, report.entries) == (1, 3, [])
    assert thread() == [("Bob", 0, "Nice."), ("ada", 1, "Thanks!"), ("Bob", 0, "Nice.")]
    assert [each["created_at"][:16] for each in shown()] == [f"2020-05-01T00:0{n}" for n in (1, 2, 3)]


def test_only_approved_comments_are_public_and_others_are_placeholders(run, thread):
    run(comment("1", status="spam"), comment("2", status="pending"), comment("3", "2", "Reply."))
    assert thread() == [("", 0, ""), ("Bob", 1, "Reply.")]


def test_a_second_import_adds_only_new_comments(run, thread, shown, people):
    first = [comment("1"), comment("2", "1", "Deleted.")]
    run(*first)
    deleted = shown()[1]
    assert people("editor").delete(f"/comments/{deleted['id']}").status_code == 204
    report = run(*first, comment("3", "1", "New."), comment("4", "2", "Its parent is deleted."))
    assert (report.updated, report.comments) == (1, 2)
    assert thread() == [("Bob", 0, "Nice."), ("Bob", 1, "New."), ("Bob", 0, "Its parent is deleted.")]


def test_imported_comments_are_in_the_feed_of_changes(app, run, shown, client, people):
    followers = Follower(app, client, is_person=False), Follower(app, people("editor"), is_person=True)
    run(comment("1"), comment("2", "1", "Thanks!"), comment("3", status="pending"))
    everyone, editor = (one.types("comment.") for one in followers)
    assert everyone == [("comment.published", each["id"]) for each in shown()]
    assert [kind for kind, _ in sorted(editor)] == ["comment.pending", *["comment.published"] * 2]


def test_replies_are_at_most_five_deep(run, thread):
    run(*(comment(str(number), str(number - 1), str(number)) for number in range(1, 9)))
    assert [depth for _, depth, _ in thread()] == [0, 1, 2, 3, 4, 5, 5, 5]


def test_a_deep_thread_takes_few_statements(run, shown, monkeypatch):
    inserted = []
    insert = imports._insert

    def count(comments, parents):
        inserted.append(len(comments))
        return insert(comments, parents)

    monkeypatch.setattr(imports, "_insert", count)
    run(*(comment(str(number), str(number - 1)) for number in range(1, 20)))
    assert inserted == [1, 1, 1, 1, 1, 1, 13]
    parents = {each["parent_id"] for each in shown() if each["depth"] == 5}
    assert parents == {each["id"] for each in shown() if each["depth"] == 4}


def test_comments_that_are_replies_to_each_other_become_top_level_comments(run, thread):
    run(comment("1", "2"), comment("2", "1"))
    assert [depth for _, depth, _ in thread()] == [0, 0]


def test_an_invalid_comment_is_left_out_with_a_note(run, thread):
    report = run(
        comment("1", content="x" * 20_001), comment("2", content="\0"), comment("3"), comment("4", name=" ")
    )
    assert [(each.code, each.line) for each in report.entries] == [("comment_skipped", 9)] * 2
    assert [name for name, _, _ in thread()] == ["Bob", "Anonymous"]


def test_a_dry_run_counts_the_comments(run, client):
    assert run(comment("1"), dry_run=True).comments == 1
    assert client.get("/api/v1/posts").json["data"] == []
