"""The posts of the authors that one follows."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.blueprints.posts_lists.helpers import titles
from tests.people import Person

START = datetime(2020, 1, 1, tzinfo=UTC)
FEED = "/posts?followed=true"


@pytest.fixture
def reader(people):
    return people("reader")


def follow(reader: Person, *authors: Person) -> None:
    for author in authors:
        assert reader.put(f"/users/{author.id}/follow").status_code == 204


def test_the_list_has_the_public_posts_of_followed_authors(people, reader, client):
    ada, bob, eve = people(), people(), people()
    follow(reader, ada, bob)
    for author, title in ((ada, "a"), (bob, "b"), (eve, "c"), (ada, "d")):
        author.write(title)
    ada.write("draft", status="draft")
    ada.write("page", kind="page")
    eve.write("together", co_authors=[ada.id, bob.id])
    assert titles(reader.get(FEED)) == ["together", "d", "b", "a"]
    assert titles(reader.get(f"{FEED}&kind=page")) == ["page"]
    assert titles(reader.get(f"{FEED}&kind=all")) == ["together", "page", "d", "b", "a"]
    assert titles(eve.get(FEED)) == []
    assert len(titles(reader.get("/posts?followed=false"))) == 5
    assert reader.delete(f"/users/{bob.id}/follow").status_code == 204
    assert titles(reader.get(FEED)) == ["together", "d", "a"]


def test_the_list_needs_a_token_and_is_not_cached(reader, client, make_client):
    reply = client.get(f"/api/v1{FEED}")
    assert reply.status_code == 401
    assert "follow" in reply.json["detail"]
    for asked in (client, make_client(EDGE_SECONDS="60")):
        reply = asked.get(f"/api/v1{FEED}", headers=reader.headers)
        assert reply.headers["Cache-Control"] == "no-store"
        assert "Surrogate-Key" not in reply.headers


def test_other_filters_sorts_and_totals_combine_with_it(people, reader):
    ada, eve = people(username="ada"), people()
    follow(reader, ada)
    for number, title in enumerate("bca"):
        tags = ["odd"] if number % 2 else ["even"]
        ada.write(title, tags=tags, published_at=(START + timedelta(days=number)).isoformat())
        eve.write(f"other {title}", tags=tags)
    reader_feed = lambda query: titles(reader.get(f"{FEED}&{query}"))  # noqa: E731
    assert reader_feed("tag=even") == ["a", "b"]
    assert reader_feed("sort=title") == ["a", "b", "c"]
    assert reader_feed("sort=published_at") == ["b", "c", "a"]
    assert reader_feed("author=ada&published_after=2020-01-02T00:00:00Z") == ["a", "c"]
    assert reader_feed("q=b") == ["b"]
    assert reader_feed("offset=1&limit=1") == ["c"]
    assert reader_feed("featured=true") == []
    page = reader.get(f"{FEED}&total=true&limit=1").json["pagination"]
    assert page["total"] == 3
    assert titles(people("editor").get(f"{FEED}&status=draft")) == []
    assert ada.write("mine", status="draft")
    editor = people("editor")
    follow(editor, ada)
    assert titles(editor.get(f"{FEED}&status=all&sort=title")) == ["a", "b", "c", "mine"]


def test_pages_of_the_feed_are_those_of_a_naive_merge(people, reader):
    """With random follows and co-authors, many posts at the same time, pages of all sizes, and both directions."""
    chance = random.Random(11)
    authors = [people() for _ in range(9)]
    posts = []
    for number in range(60):
        owner, *others = chance.sample(authors, chance.choice((1, 1, 2, 5)))
        time = START + timedelta(days=chance.randrange(12))
        kind = chance.choice(("post", "post", "post", "page"))
        posts.append(
            owner.write(
                f"{number}",
                co_authors=[other.id for other in others],
                published_at=time.isoformat(),
                kind=kind,
            )
        )
    for followed in (chance.sample(authors, size) for size in (9, 1, 3, 5)):
        asked = people("reader")
        follow(asked, *followed)
        ids = {author.id for author in followed}
        for sort, kind in (("-published_at", "post"), ("published_at", "all")):
            expected = sorted(
                (
                    (post["published_at"], post["id"])
                    for post in posts
                    if ids & {author["id"] for author in post["authors"]} and kind in (post["kind"], "all")
                ),
                reverse=sort.startswith("-"),
            )
            for limit in (1, 4, 50):
                walk(asked, f"{FEED}&fields=id&sort={sort}&kind={kind}&limit={limit}", expected)


def walk(asked: Person, path: str, expected: list[tuple[str, int]]) -> None:
    """Read all pages forward, then back again."""

    def read(cursor: str | None) -> tuple[list[int], dict[str, Any]]:
        reply = asked.get(f"{path}&cursor={cursor}" if cursor else path).json
        assert reply is not None
        return [post["id"] for post in reply["data"]], reply["pagination"]

    ids, pagination = read(None)
    pages = [ids]
    while pagination["next_cursor"]:
        ids, pagination = read(pagination["next_cursor"])
        pages.append(ids)
    assert [post_id for page in pages for post_id in page] == [post_id for _, post_id in expected]
    for page in reversed(pages[:-1]):
        ids, pagination = read(pagination["prev_cursor"])
        assert ids == page


def test_the_feed_takes_one_statement_for_any_number_of_authors(people, reader, count_queries):
    for authors in ([people()], [people() for _ in range(5)]):
        for author in authors:
            author.write()
        follow(reader, *authors)
        with count_queries() as sent:
            assert reader.get(FEED).status_code == 200
        # The first one authenticates the request.
        assert len(sent) == 2
