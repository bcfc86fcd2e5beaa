"""Tests of times in Python and in both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import exc, func, insert, literal, select

from blog_api.database.columns import UtcDateTime
from blog_api.database.session import reading, transaction
from blog_api.models.sessions import LoginSession
from blog_api.models.tags import Tag
from blog_api.models.users import User

MOMENTS = st.datetimes(
    datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.sampled_from(  # noqa: DTZ001 - hypothesis adds the time zone
        [UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12, minutes=-30))]
    )
)  # fmt: skip


FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def tag(name, **values):
    return Tag(name=name, name_key=name, slug=name, **values)


@FUZZ
@given(MOMENTS)
def test_a_stored_time_is_returned_in_utc(app, moment):
    with app.app_context(), reading() as session:
        back = session.execute(select(literal(moment, UtcDateTime()))).scalar_one()
    assert back == moment
    assert back.tzinfo is UTC or back.utcoffset() == timedelta(0)


@pytest.mark.writes_directly
@FUZZ
@given(st.lists(MOMENTS | MOMENTS.map(lambda moment: moment.replace(microsecond=0)), max_size=12))
def test_stored_times_sort_chronologically(app, moments):
    with app.app_context():
        with transaction() as session:
            session.query(LoginSession).delete()
            session.query(User).delete()
            user = User(username="ada", username_key="ada", display_name="Ada", role="author")
            session.add(user)
            session.flush()
            for moment in moments:
                session.add(LoginSession(user_id=user.id, refresh_jti="x", expires_at=moment))
        with reading() as session:
            expires = select(LoginSession.expires_at).order_by(LoginSession.expires_at)
            assert list(session.execute(expires).scalars()) == sorted(moments)
            if moments:
                later = func.count().filter(LoginSession.expires_at > moments[0])
                assert session.execute(select(later)).scalar_one() == sum(m > moments[0] for m in moments)


def test_times_set_by_the_database_and_by_python_are_comparable(app):
    before = datetime.now(UTC) - timedelta(seconds=2)
    with app.app_context(), transaction() as session:
        session.add(row := tag("now"))
        session.flush()
        session.refresh(row)
        after = datetime.now(UTC) + timedelta(seconds=2)
        assert before < row.created_at < after
        between = select(func.count()).where(Tag.created_at > before, Tag.created_at < after)
        assert session.execute(between).scalar_one() == 1


def test_times_have_microseconds_and_differ_between_changes_in_one_transaction(app):
    with app.app_context(), transaction() as session:
        session.add(row := tag("now"))
        session.flush()
        stamps = [row.updated_at]
        assert row.created_at == row.updated_at
        for number in range(20):
            row.description = f"{number}"
            session.flush()
            stamps.append(row.updated_at)
        assert stamps == sorted(set(stamps))
        assert any(stamp.microsecond % 1000 for stamp in stamps)
        session.refresh(row)
        assert row.updated_at == stamps[-1]


@pytest.mark.writes_directly
def test_rows_inserted_together_have_microseconds(app):
    with app.app_context(), transaction() as session:
        session.add_all([tag(f"{number}") for number in range(5)])
        session.flush()
        rows = [{"name": f"x{n}", "name_key": f"x{n}", "slug": f"x{n}"} for n in range(5)]
        stamps = session.scalars(insert(Tag).returning(Tag.created_at), rows).all()
        assert len(stamps) == 5
        assert all(
            created == updated for created, updated in session.execute(select(Tag.created_at, Tag.updated_at))
        )
        assert any(stamp.microsecond % 1000 for stamp in stamps)


def test_a_naive_datetime_is_rejected(app):
    with app.app_context(), reading() as session, pytest.raises(exc.StatementError, match="time zone"):
        session.execute(select(literal(datetime(2026, 1, 1), UtcDateTime())))  # noqa: DTZ001 - the naive datetime under test


def test_null_is_returned_as_none(app):
    with app.app_context(), reading() as session:
        assert session.execute(select(literal(None, UtcDateTime()))).scalar_one() is None
