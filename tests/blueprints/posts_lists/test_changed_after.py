"""The filter `changed_after`, and the `updated_at` that it compares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from tests.blueprints.posts_lists.helpers import titles

# A time with microseconds, and one that SQLite stores without a fraction.
MOMENTS = [datetime(2026, 1, 31, 12, 0, 0, 123456, UTC), datetime(2026, 1, 31, 12, tzinfo=UTC)]
FILTERS = ["changed_after", "updated_after"]
PUBLISHED = datetime(2026, 3, 1, 8, tzinfo=UTC)
# A post that was written a month before it came due.
COME_DUE = "UPDATE posts SET updated_at = :written, published_at = :published WHERE title = 'Due'"


def shown(moment):
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def find(get):
    def find(name, moment, **filters):
        return titles(get(urlencode({name: moment.isoformat(), **filters})))

    return find


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_it_includes_a_post_that_changed_at_that_time(people, find, sql, name, moment):
    people().write("Hello")
    sql(
        "UPDATE posts SET updated_at = :moment, published_at = :early",
        moment=moment,
        early=moment - timedelta(1),
    )
    for microseconds, found in ((-1, ["Hello"]), (0, ["Hello"]), (1, [])):
        assert find(name, moment + timedelta(microseconds=microseconds)) == found


@pytest.mark.parametrize("name", FILTERS)
def test_every_change_after_the_one_before_is_found(people, find, name):
    """Whole seconds would hide all changes of the second in which the time lies."""
    ada = people()
    posts = [ada.write(f"{number}") for number in range(20)]
    since = datetime.now(UTC)
    changed = [ada.patch(f"/posts/{post['id']}", {"summary": "New."}).json for post in posts]
    assert sorted(find(name, since)) == sorted(post["title"] for post in posts)
    stamps = [post["updated_at"] for post in changed]
    assert stamps == sorted(set(stamps))
    for number, post in enumerate(changed):
        found = find(name, datetime.fromisoformat(post["updated_at"]))
        assert sorted(found) == sorted(later["title"] for later in changed[number:])


@pytest.mark.parametrize("name", FILTERS)
def test_a_post_that_came_due_changed_at_that_time(people, find, get, sql, name):
    ada = people()
    due = ada.write("Due")
    ada.write("Other")
    sql("UPDATE posts SET updated_at = :old, published_at = :old", old=PUBLISHED - timedelta(60))
    sql(COME_DUE, written=PUBLISHED - timedelta(30), published=PUBLISHED)
    assert find(name, PUBLISHED) == ["Due"]
    assert find(name, PUBLISHED + timedelta(microseconds=1)) == []
    (listed,) = get(urlencode({name: PUBLISHED.isoformat()})).json["data"]
    single = ada.get(f"/posts/{due['id']}").json
    assert listed["updated_at"] == single["updated_at"] == single["published_at"] == shown(PUBLISHED)


def test_a_scheduled_post_shows_its_last_change_until_it_comes_due(people, find, sql):
    editor, later = people("editor"), datetime.now(UTC) + timedelta(days=1)
    post = editor.write("Later", published_at=later.isoformat())
    written = PUBLISHED - timedelta(30)
    sql("UPDATE posts SET updated_at = :written", written=written)
    assert editor.get(f"/posts/{post['id']}").json["updated_at"] == shown(written)
    assert titles(editor.get(f"/posts?status=all&changed_after={shown(written)}")) == ["Later"]
    assert titles(editor.get(f"/posts?status=all&changed_after={shown(PUBLISHED)}")) == []


@pytest.mark.parametrize("change", [{"status": "archived"}, {"status": "draft"}])
def test_only_a_public_post_changes_by_coming_due(people, sql, change):
    editor = people("editor")
    post = editor.write("Due")
    editor.patch(f"/posts/{post['id']}", change)
    sql(COME_DUE, written=PUBLISHED - timedelta(30), published=PUBLISHED)
    assert editor.get(f"/posts/{post['id']}").json["updated_at"] == shown(PUBLISHED - timedelta(30))
    assert titles(editor.get(f"/posts?status=all&changed_after={shown(PUBLISHED)}")) == []


def test_a_trashed_post_does_not_change_by_coming_due(people, sql):
    editor = people("editor")
    post = editor.write("Due")
    editor.delete(f"/posts/{post['id']}")
    sql(COME_DUE, written=PUBLISHED - timedelta(30), published=PUBLISHED)
    assert titles(editor.get(f"/posts?trashed=true&changed_after={shown(PUBLISHED)}")) == []


def test_a_write_returns_the_same_updated_at_as_a_read(people, client):
    ada = people()
    for post in (ada.write("Now"), ada.write("Draft", status="draft")):
        assert post["updated_at"] == post["created_at"] == ada.get(f"/posts/{post['id']}").json["updated_at"]
    published = ada.write("Now")
    assert published["updated_at"] >= published["published_at"]
