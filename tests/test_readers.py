"""What reads past SQLAlchemy's execution: the same rows and the same errors, on both databases."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest
from sqlalchemy import Integer, Text, bindparam, exc, func, literal, literal_column, select, text, tuple_

from blog_api.api.errors import problem_from
from blog_api.context import end_deadline, start_deadline
from blog_api.crud import api_tokens, sessions, stats, tags, users
from blog_api.crud.post_statements import LIST_FIELDS, ListForm, listing_of, post_statement
from blog_api.database.columns import utcnow
from blog_api.database.dialects import is_postgresql
from blog_api.database.driver_statements import for_driver
from blog_api.database.session import db, fetch, fetch_one, reading, transaction
from blog_api.models import Post
from blog_api.policies.viewers import Audience
from tests.apps import in_threads, running_app
from tests.postgres import create_database
from tests.statements import noting_statements

POSTS = Post.__table__
STATEMENTS = [
    listing_of(
        ListForm(Audience.MEMBERS, "all", "created_at", LIST_FIELDS, ("tag_0", "has_tags"))
    ).statement(),
    listing_of(ListForm(Audience.EVERYONE, None, "published_at", LIST_FIELDS, ("author_ids",))).statement(),
    post_statement(Audience.EDITORS, "slug"),
    users._listing("created_at", False).statement(),
    tags._listing(Audience.EVERYONE, "post_count").statement(),
    sessions._VIEWER,
    api_tokens._OWN_ALL,
    stats._by_author(Audience.EDITORS),
    stats._by_month(Audience.EDITORS),
]
FAILING = select((literal(1) / bindparam("zero", type_=Integer)).label("a"), func.no_such(POSTS.c.id))
# An hour on both databases.
_numbers = select(literal(1).label("i")).cte("n", recursive=True)
_numbers = _numbers.union_all(select(_numbers.c.i + 1).where(_numbers.c.i < 10**9))
ENDLESS = select(func.count().label("computed")).select_from(_numbers)


def plain(rows):
    return [
        {name: orjson.loads(orjson.dumps(value)) for name, value in row._asdict().items()} for row in rows
    ]


@pytest.mark.parametrize("number", range(len(STATEMENTS)))
def test_the_rows_are_those_of_sqlalchemy(app, people, number):
    editor = people("editor")
    post = editor.write("One", tags=["two", "three"], summary="100 %")
    me = editor.get("/users/me").json["id"]
    wanted = {
        "now": utcnow(),
        "viewer_id": me,
        "tag_0": "two",
        "has_tags": True,
        "author_ids": [me, 0],
        "author_keys": ["nobody"],
        "wanted": post["slug"],
        "user_id": me,
        "session_id": 1,
        "owner": me,
        "min_posts": 1,
        "limit": 5,
        "months": 5,
    }
    with app.app_context():
        with reading():
            read = fetch(STATEMENTS[number], wanted)
        with transaction():
            executed = fetch(STATEMENTS[number], wanted)
    assert plain(read) == plain(executed)
    if len(executed):
        assert read[0]._fields == executed[0]._fields
        assert [type(value) for value in read[0]] == [type(value) for value in executed[0]]


def test_a_row_is_one_or_none_and_never_one_of_several(app, people):
    editor = people("editor")
    titles = select(POSTS.c.title).where(POSTS.c.title >= bindparam("least"))
    for title in ("One", "Two"):
        editor.write(title)
    with app.app_context():
        for within in (reading, transaction):
            with within():
                assert fetch_one(titles, {"least": "Two"}).title == "Two"
                assert fetch_one(titles, {"least": "Z"}) is None
                with pytest.raises(ValueError, match="too many"):
                    fetch_one(titles, {"least": "A"})


@pytest.mark.parametrize(
    ("statement", "straight"),
    [
        (select(POSTS.c.id).where(POSTS.c.id == bindparam("wanted"), POSTS.c.status == "draft"), True),
        (select(POSTS.c.id).where(POSTS.c.id.in_([1, 2])), False),
        (select(POSTS.c.id).where(POSTS.c.id.in_(bindparam("ids", expanding=True))), False),
        (select(POSTS.c.id).where(tuple_(POSTS.c.id, POSTS.c.slug).in_([(1, "a")])), False),
        (select(POSTS.c.id).where(POSTS.c.id == bindparam("wanted", value=1)), False),
        (select(POSTS.c.id).where(POSTS.c.id == bindparam("wanted", callable_=lambda: 1)), False),
        (select(POSTS.c.id).where(POSTS.c.id == bindparam("a (b) %")), False),
        (select(POSTS.c.id).limit(bindparam("most", type_=Integer, literal_execute=True)), False),
    ],
)
def test_what_the_driver_cannot_do_alone_is_left_to_sqlalchemy(app, statement, straight):
    with app.app_context():
        assert (for_driver(statement, db.engine.dialect) is not None) is straight
        with reading():
            assert list(fetch(statement, {"wanted": 0, "ids": [0], "a (b) %": 0, "most": 0})) == []


HOT = [
    "/posts", "/posts?limit=2&sort=title&total=true", "/posts?tag=two&author=ada", "/posts/{post}",
    "/posts/slug/one", "/tags", "/tags/{tag}", "/users", "/users/{user}", "/users/me", "/auth/sessions", "/auth/tokens",
    "/stats", "/posts?status=draft", "/posts?q=text",
]  # fmt: skip


@pytest.mark.parametrize("path", HOT)
def test_a_second_request_compiles_nothing_anew(people, path):
    editor = people("editor")
    post = editor.write("One", tags=["two"])
    path = path.format(post=post["id"], tag=post["tags"][0]["id"], user=editor.id)
    assert editor.get(path).status_code == 200
    known = for_driver.cache_info().misses
    assert editor.get(path).status_code == 200
    assert for_driver.cache_info().misses == known


def test_an_error_is_that_of_sqlalchemy_without_values(app):
    with app.app_context(), reading() as reader, noting_statements(db.engine) as sent:
        with pytest.raises(exc.DBAPIError) as expected:
            reader.execute(FAILING, {"zero": 0})
        with pytest.raises(exc.DBAPIError) as failed:
            fetch(FAILING, {"zero": 0})
        assert sent == [failed.value.statement] * 2
        assert (type(failed.value), str(failed.value)) == (type(expected.value), str(expected.value))
        assert "SQL parameters hidden" in str(failed.value)
        # Each statement stands alone.
        assert fetch(select(POSTS.c.id), {}) == []
    with app.app_context():
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "value", ["100 %", "%s %(a)s %%", "it's \\ 'so'", "\u00e4\U0001f600", "'; DROP TABLE posts --"]
)
def test_a_value_is_never_a_part_of_the_text(app, value):
    shown = literal(" 5 % ").concat(bindparam("value", type_=Text)).concat(literal_column("' %'", Text))
    statement = select(shown.label("a"), bindparam("value", type_=Text).label("b"))
    with app.app_context(), reading():
        assert for_driver(statement, db.engine.dialect) is not None
        assert fetch(statement, {"value": value}) == [(f" 5 % {value} %", value)]


@pytest.mark.parametrize(
    "time",
    [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        None,
    ],
)
def test_a_time_arrives_as_the_moment_that_it_is(app, time):
    statement = select(bindparam("time", type_=POSTS.c.published_at.type).label("time"))
    with app.app_context(), reading():
        assert fetch(statement, {"time": time}) == [(time,)]


def test_what_the_driver_refuses_before_it_sends_it_is_raised_as_it_is(app):
    by_slug = select(POSTS.c.id).where(POSTS.c.id == bindparam("id"), POSTS.c.slug == bindparam("slug"))
    with app.app_context(), reading():
        # The driver of PostgreSQL takes no NUL, that of SQLite no such number.
        with pytest.raises((ValueError, OverflowError)):
            fetch(by_slug, {"id": 2**70, "slug": "\0"})
        assert fetch(by_slug, {"id": 1, "slug": "a"}) == []


def test_a_statement_that_takes_too_long_is_not_sent_again(make_client):
    client = make_client(DB_STATEMENT_TIMEOUT="200")
    with client.application.app_context(), reading(), noting_statements(db.engine) as sent:
        if not is_postgresql():
            start_deadline(0.2)
        try:
            with pytest.raises(exc.OperationalError) as failed:
                fetch(ENDLESS, {})
        finally:
            end_deadline()
        assert problem_from(failed.value).detail == "The database took too long."
        assert len(sent) == 1
        assert fetch(select(POSTS.c.id), {}) == []


def test_a_connection_that_is_gone_is_given_up_with_those_made_before_it(cluster):
    url = create_database(cluster, "blog_api_readers")
    with running_app(url, DB_POOL_SIZE="2") as app, app.app_context():
        with transaction(), db.engine.connect() as other:
            # So that there are two in the pool.
            other.execute(text("SELECT 1"))
        with reading():
            (own,) = fetch_one(select(func.pg_backend_pid()), {})
            with db.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:own, 5000)"), {"own": own})
                (others,) = other.execute(text("SELECT pg_backend_pid()")).one()
            with pytest.raises(exc.OperationalError) as failed:
                fetch(select(func.pg_backend_pid()), {})
            assert failed.value.connection_invalidated
            # Of another connection, which is no older than that moment.
            (now,) = fetch_one(select(func.pg_backend_pid()), {})
            assert now not in (own, others)
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_who_asks_for_the_statements_in_the_log_gets_them(app, caplog):
    with app.app_context(), caplog.at_level(logging.INFO, "sqlalchemy.engine.Engine"), reading():
        fetch(select(POSTS.c.title), {})
    assert "SELECT posts.title" in caplog.text


def test_many_threads_may_be_the_first_to_run_a_statement(app):
    statement = select(POSTS.c.id, POSTS.c.title).where(POSTS.c.id > bindparam("least"))

    def read(_number):
        with reading():
            return fetch(statement, {"least": 0})

    assert in_threads(app, read, 8) == [[]] * 8
