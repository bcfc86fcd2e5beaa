import pytest
from sqlalchemy import create_engine, text

from bench.data import COMMENTS_EACH, Blog, fill
from tests import postgres

BLOG = Blog(1200)
PUBLIC = "SELECT count(*) FROM posts WHERE status = 'published'"
DIGEST = "SELECT id, slug, title, summary, length(content), author_id FROM posts ORDER BY id"
TAGGED = "SELECT post_id, tag_id FROM post_tags ORDER BY post_id, tag_id"


@pytest.fixture(scope="module")
def engines(cluster, tmp_path_factory):
    urls = [f"sqlite:///{tmp_path_factory.mktemp('bench') / 'bench.db'}"]
    urls.append(postgres.create_database(cluster, "blog_api_bench"))
    for url in urls:
        fill(url, BLOG)
    made = [create_engine(url) for url in urls]
    yield made
    for engine in made:
        engine.dispose()


def rows(engine, statement):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


COMMENTED = "SELECT post_id, comments FROM post_activity ORDER BY post_id"


@pytest.mark.parametrize("statement", [DIGEST, TAGGED, PUBLIC, COMMENTED])
def test_the_data_is_the_same_on_both_databases(engines, statement):
    ours, theirs = (rows(engine, statement) for engine in engines)
    assert ours == theirs


def test_posts_have_three_tags_and_the_expected_number_is_public(engines):
    for engine in engines:
        assert {count for (count,) in rows(engine, "SELECT count(*) FROM post_tags GROUP BY post_id")} == {3}
        assert rows(engine, PUBLIC) == [(sum(map(BLOG.is_public, range(1, BLOG.posts + 1))),)]


def test_the_first_public_posts_have_comments(engines):
    for engine in engines:
        assert rows(engine, COMMENTED) == [(number, COMMENTS_EACH) for number in BLOG.commented]


def test_one_tag_is_frequent_and_one_is_rare(engines):
    counts = "SELECT count(*) FROM post_tags WHERE tag_id IN (1, 2) GROUP BY tag_id ORDER BY tag_id"
    for engine in engines:
        assert rows(engine, counts) == [(400,), (BLOG.posts // BLOG.rare_step,)]
