"""How far the feed goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from blog_api.services import housekeeping
from tests.blueprints.changes.helpers import number

DAY = timedelta(days=1)


@pytest.fixture
def old(app, people, client, sql):
    """Create three changes of 100, 80 and 0 days ago. Return the cursor before each."""
    ada = people()
    cursors = []
    for days in (100, 80, 0):
        cursors.append(client.get("/api/v1/changes").json["pagination"]["next_cursor"])
        ada.write(f"{days} days ago")
        number(app)
        sql(
            "UPDATE changes SET at = :at WHERE position = (SELECT max(position) FROM changes)",
            at=datetime.now(UTC) - days * DAY,
        )
    return cursors


@pytest.fixture
def get(client):
    return lambda **query: client.get(f"/api/v1/changes?{urlencode(query)}")


@pytest.fixture
def clean_up(app):
    def run(days=90):
        with app.app_context():
            return housekeeping.remove_expired(days)["changes"]

    return run


def assert_expired(reply):
    assert (reply.status_code, reply.json["type"]) == (410, "/problems/cursor-expired")
    assert reply.content_type == "application/problem+json"


def test_old_changes_are_deleted(old, get, clean_up, client):
    assert [len(get(cursor=cursor).json["data"]) for cursor in old] == [3, 2, 1]
    assert clean_up() == 1
    assert clean_up() == 0
    assert_expired(get(cursor=old[0]))
    assert [len(get(cursor=cursor).json["data"]) for cursor in old[1:]] == [2, 1]
    assert client.get("/problems/cursor-expired").status_code == 200


def test_the_feed_goes_on_after_all_changes_are_deleted(old, get, clean_up, people, app, sql):
    end = get().json["pagination"]["next_cursor"]
    sql("UPDATE changes SET at = :at", at=datetime.now(UTC) - 100 * DAY)
    assert clean_up() == 3
    assert get(cursor=end).json == {"data": [], "pagination": {"next_cursor": end}}
    assert_expired(get(cursor=old[2]))
    people().write("New")
    number(app)
    assert len(get(cursor=end).json["data"]) == 1


def test_changes_that_wait_are_kept(old, get, clean_up, people, app, sql):
    people().write("New")
    sql("UPDATE changes SET at = :at", at=datetime.now(UTC) - 100 * DAY)
    clean_up()
    end = get_end(get)
    assert number(app) == 1
    assert len(get(cursor=end).json["data"]) == 1


def get_end(get):
    return get().json["pagination"]["next_cursor"]


def test_since_begins_with_the_first_change_at_that_time(old, get, sql):
    now = datetime.now(UTC)
    at = sql.one("SELECT at FROM changes WHERE position = 2")
    at = (datetime.fromisoformat(at) if isinstance(at, str) else at).replace(tzinfo=UTC)
    for since, count in ((now - 85 * DAY, 2), (at, 2), (at + timedelta(microseconds=1), 1), (now + DAY, 0)):
        reply = get(since=since.isoformat())
        assert len(reply.json["data"]) == count
        assert reply.json["pagination"]["next_cursor"] == get_end(get)
    (entry,) = get(since=at.isoformat(), limit=1).json["data"]
    rest = get(cursor=entry["cursor"]).json["data"]
    assert len(rest) == 1


def test_since_before_the_retention_is_expired(old, get, clean_up):
    now = datetime.now(UTC)
    # Also while the changes have not been deleted yet.
    assert_expired(get(since=(now - 91 * DAY).isoformat()))
    assert get(since=(now - 89 * DAY).isoformat()).status_code == 200
    clean_up(days=10)
    assert_expired(get(since=(now - 81 * DAY).isoformat()))
    assert get(since=(now - 79 * DAY).isoformat()).status_code == 200


def test_the_setting_bounds_since(old, make_client):
    client = make_client(CHANGES_DAYS="7")
    for days, status in ((6, 200), (8, 410)):
        since = (datetime.now(UTC) - days * DAY).isoformat()
        assert client.get(f"/api/v1/changes?{urlencode({'since': since})}").status_code == status
