"""Tests with a real blog of 2,300 posts, imported from its files into both databases."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from blog_api.database.columns import utcnow
from blog_api.database.session import db, reading
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.markdown.sources import read_profiles
from blog_api.text.words import words_of
from tests import postgres
from tests.apps import migrate, running_app
from tests.corpus_searches import SEARCHES
from tests.services.helpers import folder_import

CORPUS = Path(__file__).parents[2] / "shared" / "corpora" / "digitalgov"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the posts of digital.gov are missing: ../shared/corpora/digitalgov"
)


@dataclass(frozen=True)
class Blog:
    """The app with all posts, and the import reports."""

    app: Flask
    reports: dict[str, str]
    reasons: dict[str, str]

    def select(self, statement):
        with self.app.app_context(), reading():
            return list(db.session.execute(statement))

    def column(self, statement):
        return [row[0] for row in self.select(statement)]


def import_all(app):
    reports: dict[str, str] = {}
    reasons: dict[str, str] = {}
    with app.app_context():
        profiles, unread = read_profiles(CORPUS / "authors")
        assert unread == []
        for path in (CORPUS / "news", CORPUS / "resources"):
            report = folder_import(app, path, path.name, Authors(profiles)).run()
            reports[path.name] = report.summary
            refused = [entry for entry in report.entries if entry.level == "refused"]
            reasons |= {Path(entry.source).relative_to(CORPUS).as_posix(): entry.detail for entry in refused}
    return reports, reasons


@pytest.fixture(scope="module")
def blog(database_url, request, tmp_path_factory):
    """The blog, imported once, as the tests only read it."""
    if database_url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path_factory.mktemp('corpus') / 'corpus.db'}"
    else:
        url = postgres.create_database(request.getfixturevalue("cluster"), "blog_api_corpus")
    with running_app(migrate(url)) as app:
        yield Blog(app, *import_all(app))


def live():
    """Return the conditions for public posts, independently of the code under test."""
    return (Post.status == "published", Post.published_at <= utcnow(), Post.deleted_at.is_(None))


def in_order(*conditions):
    statement = select(Post.id).where(*live(), *conditions)
    return statement.order_by(Post.published_at.desc(), Post.id.desc())


def walk(client, **filters):
    """Return the ids from all pages of a list."""
    ids: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get(
            "/api/v1/posts", query_string={"limit": 100, "fields": "id", **filters, **cursor}
        ).json
        ids += [post["id"] for post in page["data"]]
        if page["pagination"]["next_cursor"] is None:
            return ids
        cursor = {"cursor": page["pagination"]["next_cursor"]}


def test_all_files_are_imported_or_refused_with_a_reason(blog):
    assert blog.reports == {
        "news": "created 2083, updated 0, unchanged 0, refused 0, ignored 1",
        "resources": "created 227, updated 0, unchanged 0, refused 0, ignored 1",
    }
    assert blog.reasons == {}


def test_a_second_run_changes_nothing(blog):
    state = select(func.count(), func.sum(Post.version), func.max(Post.updated_at), func.max(Post.id))
    before = blog.select(state)
    reports, _ = import_all(blog.app)
    assert reports == {
        "news": "created 0, updated 0, unchanged 2083, refused 0, ignored 1",
        "resources": "created 0, updated 0, unchanged 227, refused 0, ignored 1",
    }
    assert blog.select(state) == before


def test_duplicate_slugs_get_a_suffix(blog):
    slugs = blog.column(select(Post.slug))
    assert len(set(slugs)) == len(slugs) == 2310
    for slug in ("another-example", "infrastructure-as-a-public-service"):
        assert {slug, f"{slug}-2"} <= set(slugs)


def test_pagination_returns_every_published_post_once_in_order(blog):
    expected = blog.column(in_order())
    assert len(expected) == 2301
    assert walk(blog.app.test_client()) == expected
    page = blog.app.test_client().get("/api/v1/posts?limit=1&total=true").json
    assert page["pagination"]["total"] == 2301


def test_pagination_in_reverse_order_returns_the_same_posts(blog):
    client = blog.app.test_client()
    assert walk(client, sort="published_at") == walk(client)[::-1]


def test_lists_by_tag_match_sql(blog):
    tagged = select(Tag.slug, func.count()).join_from(post_tags, Tag, Tag.id == post_tags.c.tag_id)
    counts = Counter(dict(map(tuple, blog.select(tagged.group_by(Tag.slug)))))
    for slug, _ in [*counts.most_common(3), *counts.most_common()[-2:]]:
        with_tag = select(post_tags.c.post_id).join(Tag, Tag.id == post_tags.c.tag_id).where(Tag.slug == slug)
        assert walk(blog.app.test_client(), tag=slug) == blog.column(in_order(Post.id.in_(with_tag)))


def test_lists_by_several_tags_match_sql(blog):
    (first, one), (second, two) = blog.select(
        select(Tag.slug, Tag.id)
        .join(post_tags, post_tags.c.tag_id == Tag.id)
        .group_by(Tag.slug, Tag.id)
        .order_by(func.count().desc(), Tag.id)
        .limit(2)
    )
    having = [select(post_tags.c.post_id).where(post_tags.c.tag_id == tag_id) for tag_id in (one, two)]
    client = blog.app.test_client()
    both = blog.column(in_order(*(Post.id.in_(those) for those in having)))
    either = blog.column(in_order(Post.id.in_(having[0]) | Post.id.in_(having[1])))
    assert 0 < len(both) < len(either)
    assert walk(client, tag=[first, second]) == both
    assert walk(client, any_tag=f"{first},{second}") == either


def test_lists_by_author_match_sql(blog):
    written = (
        select(User.username, func.count())
        .join(PostAuthor, PostAuthor.user_id == User.id)
        .group_by(User.username)
    )
    counts = Counter(dict(map(tuple, blog.select(written))))
    for username, _ in [*counts.most_common(3), *counts.most_common()[-2:]]:
        by_author = select(PostAuthor.post_id).join(User).where(User.username == username)
        assert walk(blog.app.test_client(), author=username) == blog.column(in_order(Post.id.in_(by_author)))


def test_posts_with_several_authors_have_all_of_them(blog):
    written = select(PostAuthor.post_id).group_by(PostAuthor.post_id).having(func.count() > 1)
    assert len(blog.column(written)) == 241
    owned = select(PostAuthor.user_id).join(Post).where(PostAuthor.position == 0)
    assert blog.column(owned.where(Post.author_id != PostAuthor.user_id)) == []


def test_post_counts_of_tags_and_authors_match_sql(blog):
    client = blog.app.test_client()
    tagged = (
        select(post_tags.c.tag_id, func.count()).join(Post, Post.id == post_tags.c.post_id).where(*live())
    )
    tags = client.get("/api/v1/tags?sort=-post_count&limit=100").json["data"]
    assert all(one["post_count"] >= other["post_count"] for one, other in pairwise(tags))
    by_tag = dict(map(tuple, blog.select(tagged.group_by(post_tags.c.tag_id))))
    assert {tag["id"]: tag["post_count"] for tag in tags}.items() <= by_tag.items()
    by_author = (
        select(PostAuthor.user_id, func.count())
        .join(Post, Post.id == PostAuthor.post_id)
        .where(*live())
        .group_by(PostAuthor.user_id)
    )
    written = dict(map(tuple, blog.select(by_author)))
    for user in client.get("/api/v1/users?limit=100").json["data"]:
        assert user["post_count"] == written.get(user["id"], 0)


def test_authors_have_the_names_from_their_profiles(blog):
    names = dict(map(tuple, blog.select(select(User.username, User.display_name))))
    assert names["tlowden"] == "Tim Lowden"
    assert names["rachel-flagg"] == "Rachel Flagg"
    assert names["imported"] == "imported"
    assert sum(username == name for username, name in names.items()) == 1


def test_keys_of_front_matter_fill_members_and_metadata(blog):
    members = blog.select(select(Post.canonical_url, Post.custom))
    assert sum(url is not None for url, _ in members) == 4
    keys = Counter(key for _, metadata in members for key in metadata)
    assert keys.most_common(3) == [("_expirydate", 1698), ("_weight", 515), ("_deck", 469)]
    assert {type(metadata["_weight"]) for _, metadata in members if "_weight" in metadata} == {int}


@pytest.mark.parametrize(("q", "count", "best", "digest"), SEARCHES)
def test_search_results_are_the_same_on_both_databases(blog, q, count, best, digest):
    client = blog.app.test_client()
    slugs = dict(map(tuple, blog.select(select(Post.id, Post.slug))))
    found = [slugs[post_id] for post_id in walk(client, q=q)]
    assert (len(found), found[0]) == (count, best)
    assert hashlib.blake2b("\n".join(found).encode(), digest_size=4).hexdigest() == digest
    page = client.get("/api/v1/posts", query_string={"q": q, "limit": 1, "total": "true"}).json
    assert page["pagination"]["total"] == count


def test_search_results_match_the_text_of_the_posts(blog):
    client = blog.app.test_client()
    texts = {
        row.id: f" {' '.join(words_of(f'{row.title} {row.tag_names} {row.summary} {row.content}'))} "
        for row in blog.select(
            select(Post.id, Post.title, Post.tag_names, Post.summary, Post.content).where(*live())
        )
    }
    for q, is_in in [
        ('"accessibility"', lambda text: " accessibility " in text),
        ("accessib", lambda text: " accessib" in text),
        ('"open" "data"', lambda text: " open " in text and " data " in text),
        (
            '"digital" -government -"mobile"',
            lambda text: " digital " in text and not {"government", "mobile"} & set(text.split()),
        ),
    ]:
        assert sorted(walk(client, q=q)) == sorted(
            post_id for post_id, text in texts.items() if is_in(text)
        ), q
