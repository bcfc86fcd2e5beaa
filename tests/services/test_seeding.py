"""Sample data is the same on every database, and each run adds more."""

from __future__ import annotations

import tracemalloc

import pytest
from sqlalchemy import func, select

from blog_api.database.session import db, reading
from blog_api.models.posts import Post, post_tags
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.services import seeding
from blog_api.services.seeding import BATCH, seed
from tests.apps import disconnect, make_app, migrate


@pytest.fixture
def seeded(app):
    """Seed the database of the app."""

    def run(users=2, posts=30, tags=5):
        with app.app_context():
            seed(users, posts, tags)

    return run


def count(app, column, *conditions):
    with app.app_context(), reading():
        return db.session.execute(select(func.count(column)).where(*conditions)).scalar_one()


def contents(app):
    """Return all seeded posts and tag links, without values that differ between databases."""
    with app.app_context(), reading():
        posts = db.session.execute(
            select(
                Post.slug,
                Post.title,
                Post.summary,
                Post.content,
                Post.status,
                Post.published_at,
                User.username,
            )
            .join(User, User.id == Post.author_id)
            .order_by(Post.id)
        ).all()
        links = db.session.execute(
            select(Post.id, Tag.name)
            .join_from(post_tags, Post, Post.id == post_tags.c.post_id)
            .join(Tag, Tag.id == post_tags.c.tag_id)
            .order_by(Post.id, Tag.name_key)
        ).all()
    return list(posts), [link.name for link in links]


def test_the_same_numbers_produce_the_same_data_on_every_database(app, seeded, tmp_path):
    other = make_app(migrate(f"sqlite:///{tmp_path / 'other.db'}"))
    with other.app_context():
        seed(2, 30, 5)
    seeded()
    posts, tags = contents(app)
    assert (posts, tags) == contents(other)
    assert (len(posts), len(tags)) == (30, 90)
    disconnect(other)


def test_a_second_run_adds_more(app, seeded):
    seeded()
    first, _ = contents(app)
    seeded(users=1, posts=10, tags=5)
    both, _ = contents(app)
    assert both[:30] == first
    assert [post.slug for post in both[30:]] == [f"seed-{number}" for number in range(31, 41)]
    assert {post.username for post in both[30:]} == {"seed-author-3"}
    assert count(app, Tag.id) == 5


def test_another_run_works_after_rows_were_deleted_or_renamed(app, seeded, sql):
    seeded()
    sql("UPDATE posts SET slug = 'mine' WHERE slug = 'seed-3'")
    sql("DELETE FROM posts WHERE slug = 'seed-4'")
    sql("UPDATE users SET username_key = 'renamed' WHERE username_key = 'seed-author-1'")
    seeded()
    assert count(app, Post.id) == 59
    assert count(app, User.id) == 4


def test_posts_with_similar_slugs_do_not_affect_the_numbering(app, seeded, people):
    people().write(slug="seed-catalogue")
    people().write(slug="seed-99999999999999999999")
    seeded(posts=1)
    assert count(app, Post.id, Post.slug == "seed-1") == 1


@pytest.mark.parametrize("tags", [0, 1, 2])
def test_fewer_than_three_tags_are_enough(app, seeded, tags):
    seeded(posts=10, tags=tags)
    assert count(app, post_tags.c.post_id) == 10 * tags


def test_zero_posts_are_possible(app, seeded):
    seeded(posts=0)
    assert (count(app, Post.id), count(app, User.id), count(app, Tag.id)) == (0, 2, 5)


def test_more_posts_than_a_batch_and_more_tags_than_a_statement_has_parameters(app, seeded):
    seeded(users=1, posts=BATCH + 5, tags=2000)
    assert (count(app, Post.id), count(app, Tag.id)) == (BATCH + 5, 2000)
    assert count(app, post_tags.c.post_id) == 3 * (BATCH + 5)


def test_progress_is_reported_per_batch(app):
    steps: list[int] = []

    def progress(batches):
        steps.extend(batches)
        return steps

    with app.app_context():
        seed(1, BATCH + 1, 0, progress)
    assert steps == [0, BATCH]


def test_the_api_lists_seeded_posts(client, seeded):
    seeded()
    page = client.get("/api/v1/posts?limit=100&total=true").json
    assert page["pagination"]["total"] == len(page["data"]) > 20
    assert all(len(post["tags"]) == 3 for post in page["data"])


def test_memory_does_not_grow_with_the_number_of_posts(seeded, monkeypatch):
    monkeypatch.setattr(seeding, "BATCH", 20)
    # Warm up caches, such as that of compiled statements.
    seeded(posts=40)

    def peak(posts: int) -> int:
        tracemalloc.start()
        try:
            seeded(posts=posts)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = peak(100), peak(400)
    assert many < 1.5 * few


def test_each_batch_executes_the_same_number_of_statements(seeded, count_queries, monkeypatch):
    monkeypatch.setattr(seeding, "BATCH", 20)
    seeded(posts=0)
    counts = []
    for posts in (0, 20, 100):
        with count_queries() as statements:
            seeded(users=1, posts=posts)
        counts.append(len(statements))
    assert [count - counts[0] for count in counts] == [0, 6, 30]
