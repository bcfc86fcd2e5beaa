"""Tests of query plans: lists scan an index in order instead of sorting."""

from __future__ import annotations

import re

import pytest

from blog_api.crud import outbox
from blog_api.database.dialects import is_postgresql
from blog_api.database.session import reading
from blog_api.services import housekeeping
from tests.databases import on_one_database
from tests.large_blog import COUNT, empty, fill
from tests.people import create_person
from tests.plans import count_steps, plan_of, recorded

# Users, their list requests, and the indexes with this order.
LISTS = [
    ("nobody", "", "ix_posts_live"),
    ("nobody", "sort=published_at", "ix_posts_live"),
    ("nobody", "published_after=2020-01-05T00:00:00Z", "ix_posts_live"),
    ("nobody", "without_tag=t5&has_tags=true", "ix_posts_live"),
    ("nobody", "title_contains=7", "ix_posts_live"),
    ("nobody", "updated_after=2020-01-05T00:00:00Z&sort=updated_at", "ix_posts_live_by_updated_at"),
    ("nobody", "author=author-3", "ix_post_authors_live"),
    ("nobody", "author=author-3&sort=published_at", "ix_post_authors_live"),
    ("nobody", "sort=title", "ix_posts_by_title"),
    ("nobody", "sort=-title", "ix_posts_by_title"),
    ("nobody", "sort=updated_at", "ix_posts_live_by_updated_at"),
    ("nobody", "sort=-updated_at", "ix_posts_live_by_updated_at"),
    ("nobody", "sort=-created_at", "ix_posts_by_created_at"),
    ("nobody", "tag=t1", "ix_post_tags_live"),
    ("nobody", "tag=t5&sort=published_at", "ix_post_tags_live"),
    ("nobody", "kind=all", "ix_posts_live"),
    ("author-0", "", "ix_posts_live"),
    ("author-0", "status=all", "ix_post_authors_by_created_at"),
    ("author-0", "status=draft", "ix_post_authors_by_created_at"),
    ("editor", "status=all", "ix_posts_by_created_at"),
    ("editor", "status=draft", "ix_posts_unpublished"),
    ("editor", "status=draft&sort=created_at", "ix_posts_unpublished"),
    ("editor", "status=all&sort=-updated_at", "ix_posts_by_updated_at"),
    ("editor", "status=draft&sort=updated_at", "ix_posts_by_updated_at"),
    ("editor", "status=all&author=author-3", "ix_post_authors_by_created_at"),
    ("editor", "status=all&sort=title", "ix_posts_by_title"),
    ("editor", "status=all&sort=-title", "ix_posts_by_title"),
    ("editor", "trashed=true", "ix_posts_trashed"),
]
# Lists that are short, so that their pages cost about as much as counting them.
SHORT_LISTS = [
    ("nobody", "kind=page", "ix_posts_pages"),
    ("nobody", "featured=true", "ix_posts_featured"),
    ("nobody", "language=de", "ix_posts_by_language"),
]
# The posts related to one, computed from all posts.
RELATED = """
    WITH numbered AS (
        SELECT post_id, tag_id, row_number() OVER (PARTITION BY tag_id ORDER BY published_at DESC, post_id DESC) AS n
        FROM post_tags WHERE published_at IS NOT NULL
    ), newest AS (SELECT * FROM numbered WHERE n <= 200)
    SELECT posts.id FROM newest JOIN posts ON posts.id = newest.post_id
    JOIN (SELECT tag_id, 1000000 / count(*) AS weight FROM newest GROUP BY tag_id) AS weights USING (tag_id)
    WHERE tag_id IN (SELECT tag_id FROM post_tags WHERE post_id = :post_id) AND posts.id <> :post_id AND kind = 'post'
    GROUP BY posts.id ORDER BY sum(weight) DESC, posts.published_at DESC, posts.id DESC LIMIT 20
"""
LISTS_ON_POSTGRESQL = [
    ("editor", "status=all&sort=published_at", "ix_posts_by_published_at"),
    ("editor", "status=all&sort=-published_at", "ix_posts_by_published_at"),
]


@pytest.fixture(scope="module")
def users(_app, _cleaner):
    """Users of a large blog, which is created once. The tests do not change it."""
    # Planners use file sizes, and files do not shrink when rows are deleted.
    empty(_cleaner)
    users = {
        name: create_person(_app, name.partition("-")[0], name) for name in ("author-0", "editor", "admin")
    }
    fill(_app, users["admin"].id)
    yield users
    empty(_cleaner)


@pytest.fixture
def app(_app, users):
    """The app on this blog, with an empty response cache."""
    _app.extensions["response_store"].clear()
    return _app


@pytest.fixture
def ask(app, users):
    """A function that requests a list, and returns its pagination and the statement for its page."""

    def asked(who: str, query: str) -> tuple[dict, tuple]:
        headers = users[who].headers if who in users else {}
        with recorded(app) as heard:
            reply = app.test_client().get(f"/api/v1/posts?{query}", headers=headers)
        assert reply.status_code == 200, reply.text
        return reply.json["pagination"], next(sent for sent in heard if "sort_key" in sent[0])

    return asked


@pytest.fixture
def explain(app, ask):
    """A function that requests a list, and returns the query plan and the cursor of the next page."""

    def explained(who: str, query: str) -> tuple[str, str | None]:
        pagination, sent = ask(who, query)
        return plan_of(app, *sent), pagination["next_cursor"]

    return explained


def test_taken_slugs_are_looked_up_by_index(app, users):
    with recorded(app) as heard:
        post = users["admin"].write("Slug 7")
    assert post["slug"] == "slug-7-2"
    assert users["admin"].delete(f"/posts/{post['id']}?force=true").status_code == 204
    statement, parameters = next(sent for sent in heard if "SELECT post_slugs.slug" in sent[0])
    assert "post_slugs" in plan_of(app, statement, parameters)


def test_lists_scan_an_index_in_order_on_any_page(app, explain):
    with app.app_context():
        lists = [*LISTS, *SHORT_LISTS, *(LISTS_ON_POSTGRESQL if is_postgresql() else ())]
    for who, query, index in lists:
        _, cursor = explain(who, f"{query}&limit=2".strip("&"))
        for path in (query, f"{query}&cursor={cursor}".strip("&")):
            plan, _ = explain(who, path)
            assert re.search(rf"\b{index}\b", plan), (who, path, plan)
            assert not re.search("Sort|TEMP B-TREE FOR ORDER BY", plan), (who, path, plan)
            if "cursor=" in path and "Index Cond" in plan:
                # The scan starts at the cursor, and does not skip the rows before it.
                assert re.search(r"Index Cond: .*ROW\(", plan), (who, path, plan)


@pytest.fixture
def statement_of(app):
    """Send an anonymous GET request, and return its statement with this word, and the ids in the response."""

    def sent_for(path: str, word: str) -> tuple[tuple, list[int]]:
        with recorded(app) as heard:
            reply = app.test_client().get(f"/api/v1/posts/{path}")
        assert reply.status_code == 200, reply.text
        ids = [post["id"] for post in reply.json.get("data", [])]
        return next(sent for sent in heard if word in sent[0]), ids

    return sent_for


def test_related_posts_are_found_by_index_among_the_newest_of_each_tag(app, sql, statement_of):
    post_id = sql.one("SELECT id FROM posts WHERE slug = 'slug-301'")
    sent, found = statement_of(f"{post_id}/related?limit=20&fields=id", "newest")
    plan = plan_of(app, *sent)
    # On SQLite, the newest are in a correlated subquery, which the plan leaves out.
    assert re.search(r"\bix_post_tags_(live|tag_id)\b", plan), plan
    assert not re.search("Seq Scan|SCAN (post_tags|posts|own|newest)", plan), plan
    assert found == [row[0] for row in sql(RELATED, post_id=post_id)]


@pytest.mark.parametrize("query", ["", "tag=t1", "author=author-3"])
def test_neighbours_are_found_by_index(app, sql, statement_of, query):
    post_id = sql.one("SELECT id FROM posts WHERE slug = 'slug-6203'")
    sent, _ = statement_of(f"{post_id}/neighbours?{query}", "itself")
    plan = plan_of(app, *sent)
    index = {"t": "ix_post_tags_live", "a": "ix_post_authors_live", "": "ix_posts_live"}[query[:1]]
    assert len(re.findall(rf"\b{index}\b", plan)) == 2, plan
    assert not re.search(
        "Seq Scan on post|SCAN (posts|post_tags|post_authors)|TEMP B-TREE FOR ORDER", plan
    ), plan
    if "Index Cond" in plan:
        assert len(re.findall(r"Index Cond: .*ROW\(", plan)) == 2, plan


def test_the_personal_feed_is_found_by_the_index_of_each_author(app, sql, explain):
    sql("INSERT INTO follows SELECT id, id, now() FROM users" if sql.is_postgresql else "SELECT 1")
    plan, _ = explain("author-0", "followed=true")
    if sql.is_postgresql:
        assert "Index Only Scan using ix_post_authors_live" in plan
    assert not re.search("Seq Scan on post|SCAN post", plan), plan


@on_one_database
def test_a_page_in_the_middle_costs_sqlite_about_as_much_as_the_first(app, ask):
    for who, query, _ in LISTS:
        listed, first = ask(who, f"{query}&limit=5&total=true".strip("&"))
        at, _ = ask(who, f"{query}&limit=5&offset={listed['total'] // 2}".strip("&"))
        for cursor in (at["next_cursor"], at["prev_cursor"]):
            _, sent = ask(who, f"{query}&limit=5&cursor={cursor}".strip("&"))
            assert count_steps(app, *sent) < 1.25 * count_steps(app, *first), (who, query)


def test_expired_rows_are_found_by_index(app):
    with app.app_context(), recorded(app) as heard:
        housekeeping.remove_expired(90)
    for table in ("sessions", "api_tokens"):
        plan = plan_of(app, *next(sent for sent in heard if sent[0].split()[:3] == ["DELETE", "FROM", table]))
        assert re.search(rf"\bix_{table}_expires_at\b", plan), plan


def test_unsent_mail_is_counted_from_an_index(app):
    with app.app_context(), reading(), recorded(app) as heard:
        (counted,) = outbox.count_unsent_messages()
    assert (counted.state, counted.number) == ("waiting", COUNT // 2000)
    ((statement, parameters),) = heard
    assert re.search(r"\bix_outbox_unsent\b", plan_of(app, statement, parameters))


def test_audit_events_are_filtered_by_index_even_without_matches(app, users):
    filters = {
        "user_id": ("999999", "7"),
        "actor_id": ("999999", "7"),
        "action": ("tags.pruned", "role.changed"),
    }
    for name, (none, some) in filters.items():
        for query in (f"{name}={none}", f"{name}={some}&sort=created_at"):
            with recorded(app) as heard:
                assert users["admin"].get(f"/audit?{query}").status_code == 200
            plan = plan_of(app, *next(sent for sent in heard if "sort_key" in sent[0]))
            assert re.search(rf"\bix_audit_events_{name}\b", plan), (query, plan)
            assert not re.search("Sort|TEMP B-TREE FOR ORDER BY", plan), (query, plan)


def test_a_search_scans_its_index_first(app, explain):
    with app.app_context():
        steps = (
            ["Bitmap Index Scan on ix_posts_search"]
            if is_postgresql()
            else [
                "SCAN posts_search VIRTUAL TABLE INDEX",
                "SEARCH posts USING INTEGER PRIMARY KEY",
            ]
        )
    for who, query in [
        ("nobody", "q=title+7919"),
        ("nobody", "q=7919+-draft&sort=title"),
        ("nobody", "q=%22title+7919%22&tag=t1"),
        ("author-0", "q=791&status=all"),
        ("editor", "q=791&status=draft&offset=2"),
    ]:
        _, cursor = explain(who, f"{query}&limit=1".replace("&offset=2", ""))
        cursors = [f"{query}&cursor={cursor}"] if cursor and "offset" not in query else []
        for path in (query, *cursors):
            plan, _ = explain(who, path)
            assert all(step in plan for step in steps), (who, path, plan)
