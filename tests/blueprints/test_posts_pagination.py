"""Paging through posts by cursor in both directions, also during concurrent writes."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import insert, select, text, update

from blog_api.database.session import db, transaction
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag

DAY = datetime(2024, 1, 1, tzinfo=UTC)
LIVE = "SELECT id FROM posts WHERE status = 'published' AND deleted_at IS NULL"
TAGGED = f"{LIVE} AND id IN (SELECT post_id FROM post_tags JOIN tags ON id = tag_id WHERE slug = 'x')"  # noqa: S608
# Each list, and its ids in SQL.
LISTS = {
    "": f"{LIVE} ORDER BY published_at DESC, id DESC",
    "sort=published_at": f"{LIVE} ORDER BY published_at, id",
    "tag=x": f"{TAGGED} ORDER BY published_at DESC, id DESC",
    "any_tag=x,y&sort=created_at": f"{TAGGED} ORDER BY created_at, id",
    "author=ada": f"{LIVE} AND author_id = :ada ORDER BY published_at DESC, id DESC",
    "author=ada&tag=x&sort=-title": f"{TAGGED} AND author_id = :ada ORDER BY title DESC, id DESC",
    "sort=title": f"{LIVE} ORDER BY title, id",
    "sort=updated_at": f"{LIVE} ORDER BY updated_at, id",
    "sort=-updated_at": f"{LIVE} ORDER BY updated_at DESC, id DESC",
}


class Blog:
    """Posts of two authors, many with equal sort keys. Written directly to the database, to set any key."""

    def __init__(self, app, authors: list[int], seed: int) -> None:
        self.app, self.authors, self.random = app, authors, random.Random(seed)

    def add(self, count: int) -> None:
        with self.app.app_context(), transaction() as session:
            tag = session.execute(select(Tag.id).where(Tag.slug == "x")).scalar_one_or_none()
            if tag is None:
                tag = session.execute(
                    insert(Tag).values(name="x", name_key="x", slug="x").returning(Tag.id)
                ).scalar_one()
            rows = [self._row() for _ in range(count)]
            made = session.execute(insert(Post).returning(Post.id, Post.author_id), rows).all()
            posts = [row.id for row in made]
            owners = [{"post_id": row.id, "user_id": row.author_id, "position": 0} for row in made]
            session.execute(insert(PostAuthor), owners)
            tagged = [{"post_id": post, "tag_id": tag} for post in posts if self.random.random() < 0.5]
            if tagged:
                session.execute(post_tags.insert(), tagged)

    def _row(self) -> dict:
        return {
            "slug": f"p-{self.random.getrandbits(60)}",
            "title": self.random.choice(("A", "a", "b", "é", "字")),
            "author_id": self.random.choice(self.authors),
            "status": self.random.choice(("published", "published", "published", "draft", "archived")),
            "published_at": self._day(),
            "created_at": self._day(),
            "updated_at": self._day(),
        }

    def _day(self) -> datetime:
        return DAY + timedelta(days=self.random.randrange(6), microseconds=self.random.choice((0, 1)))

    def trash(self, ids: list[int]) -> None:
        with self.app.app_context(), transaction() as session:
            session.execute(
                update(Post).where(Post.id.in_(ids)).values(deleted_at=DAY, updated_at=Post.updated_at),
                execution_options={"synchronize_session": False},
            )

    def ids(self, query: str) -> list[int]:
        named = {"ada": self.authors[0]} if "ada" in query else {}
        with self.app.app_context():
            return list(db.session.execute(text(LISTS[query]), named).scalars())


pytestmark = pytest.mark.writes_directly


@pytest.fixture
def blog(app, people):
    made = Blog(app, [people(username="ada").id, people().id], seed=7)
    made.add(60)
    return made


@pytest.fixture
def page(client):
    def get(query: str, cursor: str | None = None) -> tuple[list[int], str | None, str | None]:
        reply = client.get(f"/api/v1/posts?{query}" + (f"&cursor={cursor}" if cursor else ""))
        assert reply.status_code == 200, reply.text
        where = reply.json["pagination"]
        return [post["id"] for post in reply.json["data"]], where["next_cursor"], where["prev_cursor"]

    return get


def walk(page, query: str, between=lambda seen: None) -> list[int]:
    """Return the ids of all pages. Call `between` with the ids of each page but the last."""
    seen, cursor = [], None
    while True:
        found, cursor, _ = page(query, cursor)
        seen += found
        if cursor is None:
            return seen
        between(found)


@pytest.mark.parametrize("query", LISTS)
@pytest.mark.parametrize("limit", [2, 25])
def test_paging_returns_every_published_post_once_in_sql_order(blog, page, query, limit):
    expected = blog.ids(query)
    assert len(expected) > 5
    assert walk(page, f"{query}&limit={limit}") == expected


@pytest.mark.parametrize("query", LISTS)
def test_paging_misses_and_repeats_nothing_during_writes_and_deletes(blog, page, query):
    before, trashed = blog.ids(query), set()

    def disturb(found: list[int]) -> None:
        # The cursor points at the last post of the page.
        gone = {found[-1], blog.random.choice(blog.ids(query))} if blog.random.random() < 0.5 else set()
        trashed.update(gone)
        blog.trash(list(gone))
        blog.add(1)

    seen = walk(page, f"{query}&limit=3", disturb)
    assert len(seen) == len(set(seen))
    kept = [post for post in before if post not in trashed]
    assert [post for post in seen if post in set(kept)] == kept
    after = blog.ids(query)
    assert [post for post in seen if post in set(after)] == [post for post in after if post in set(seen)]


@pytest.mark.parametrize("query", LISTS)
def test_paging_backward_returns_the_same_pages(blog, page, query):
    query += "&limit=4"
    forward, cursor = [page(query)], None
    while cursor := forward[-1][1]:
        forward.append(page(query, cursor))
    here, back = forward[-1], [forward[-1][0]]
    while here[2]:
        here = page(query, here[2])
        back.append(here[0])
        assert here[1] is not None
    assert back[::-1] == [found for found, _, _ in forward]
    assert forward[0][2] is None
    assert walk(page, query) == [post for found in back[::-1] for post in found]


def test_paging_can_start_at_an_offset_and_go_both_ways(blog, page):
    everything = blog.ids("")
    found, following, previous = page("limit=5&offset=7")
    assert found == everything[7:12]
    assert page("limit=5", following)[0] == everything[12:17]
    earlier, _, first = page("limit=5", previous)
    assert earlier == everything[2:7]
    assert page("limit=5", first)[0] == everything[:2]
    assert page("limit=5&offset=1000") == ([], None, None)


def test_offsets_slice_the_same_list(blog, page):
    everything = blog.ids("")
    assert [
        post for start in range(0, len(everything), 9) for post in page(f"limit=9&offset={start}")[0]
    ] == everything


def test_every_page_reports_the_total_of_the_whole_list(blog, client):
    expected, cursor, seen = len(blog.ids("author=ada")), "", []
    for step in ("next", "next", "prev"):
        reply = client.get(f"/api/v1/posts?author=ada&limit=3&total=true{cursor}").json["pagination"]
        seen.append(reply["total"])
        cursor = f"&cursor={reply[f'{step}_cursor']}"
    assert seen == [expected] * 3


def test_link_headers_page_through_the_list_with_its_filters(blog, client):
    seen: list[int] = []
    url: str | None = "/api/v1/posts?author=ada&tag=x&tag=x&limit=2&offset=0&fields=id&sort=-title"
    while url:
        reply = client.get(url)
        seen += [post["id"] for post in reply.json["data"]]
        links = {link.rpartition("rel=")[2].strip('"'): link for link in reply.headers.getlist("Link")}
        assert ("next" in links, "prev" in links) == (
            reply.json["pagination"]["next_cursor"] is not None,
            reply.json["pagination"]["prev_cursor"] is not None,
        )
        url = links["next"].partition("<")[2].partition(">")[0] if "next" in links else None
        assert url is None or urlsplit(url).path == "/api/v1/posts"
    assert seen == blog.ids("author=ada&tag=x&sort=-title")


@pytest.mark.parametrize("sort", ["published_at", "-published_at"])
@pytest.mark.parametrize("status", ["draft", "all"])
def test_paging_returns_posts_without_a_publication_time_once(people, sort, status):
    ada = people()
    ids = {ada.write("Timeless", status="draft")["id"] for _ in range(5)}
    first = f"/posts?status={status}&sort={sort}&limit=2&fields=id"
    page = ada.get(first).json
    met = [post["id"] for post in page["data"]]
    while (following := page["pagination"]["next_cursor"]) and len(met) <= len(ids):
        page = ada.get(f"{first}&cursor={following}").json
        met += [post["id"] for post in page["data"]]
    assert sorted(met) == sorted(ids)
