"""Tests of uploads and deletions whose store or database fails."""

from __future__ import annotations

import contextlib
from threading import Thread

import pytest
from sqlalchemy import event

from blog_api.database.session import RoutedSession
from blog_api.media.failures import StoreUnavailable
from blog_api.models.media import Media
from blog_api.problems import OutcomeUnknown
from tests.pictures import picture, send_picture, upload
from tests.slow_views import assert_unavailable


def fail(*_arguments):
    raise StoreUnavailable("down", needs_operator=False)


@pytest.fixture
def broken_store(stored, monkeypatch):
    """Make the store fail within a block: `put` after some objects, and `delete` immediately."""
    put = stored.store.put

    def put_some(key, variants, objects):
        if objects:
            put(key, variants[:objects])
        fail()

    @contextlib.contextmanager
    def breaking(*, put_after=0, delete=True):
        with monkeypatch.context() as patch:
            patch.setattr(stored.store, "put", lambda key, variants: put_some(key, variants, put_after))
            if delete:
                patch.setattr(stored.store, "delete", fail)
            yield

    return breaking


@pytest.mark.parametrize("delete_fails", [True, False])
@pytest.mark.parametrize("objects", [0, 1, 2])
def test_a_store_that_fails_during_an_upload_is_a_503_and_stores_no_partial_picture(
    people, stored, broken_store, clean, objects, delete_fails
):
    ada, data = people(), picture()
    with broken_store(put_after=objects, delete=delete_fails):
        assert_unavailable(send_picture(ada, data), "store")
    stored.assert_safe()
    assert len(stored.sizes()) == (objects if delete_fails else 0)
    assert ada.get("/media").json["data"] == []
    upload(ada, data)
    stored.make_old()
    assert clean() == (1, True)
    stored.assert_tidy()


def test_a_late_object_of_a_failed_upload_still_has_a_row(people, stored, broken_store, clean):
    with broken_store(delete=False):
        assert send_picture(people()).status_code == 503
    (key,) = stored.states()
    # A request that timed out can still be executed.
    (stored.store.path / key).mkdir(parents=True)
    (stored.store.path / key / "320.webp").write_bytes(b"late")
    stored.assert_safe()
    assert clean() == (0, True)
    stored.make_old()
    assert clean() == (1, True)
    stored.assert_tidy()


def test_a_deletion_succeeds_without_the_store_and_is_finished_later(people, stored, broken_store, clean):
    ada, data = people(), picture()
    media = upload(ada, data)
    with broken_store():
        assert ada.delete(f"/media/{media['id']}").status_code == 204
        assert ada.get(f"/media/{media['id']}").status_code == 404
        stored.assert_safe()
        assert clean() == (0, False)
    again = upload(ada, data)
    assert again["url"] != media["url"]
    assert clean() == (1, True)
    stored.assert_tidy()
    assert len(stored.states()) == 1


def test_files_that_cannot_be_deleted_do_not_block_the_others(people, stored, clean, monkeypatch):
    ada, delete = people(), stored.store.delete
    keys = [upload(ada)["url"].split("/")[-2] for _ in range(5)]
    broken = {*keys[:2]}

    def delete_some(key, widths):
        if key in broken:
            fail()
        delete(key, widths)

    monkeypatch.setattr(stored.store, "delete", delete_some)
    stored.sql("DELETE FROM media")
    stored.sql("UPDATE media_files SET state = 'deleting'")
    assert clean() == (3, False)
    assert stored.states().keys() == broken
    broken.clear()
    assert clean() == (2, True)


@pytest.fixture
def lost_answer():
    """Raise OutcomeUnknown after the commit that adds an upload."""

    def note(session, _context):
        session.info["adds_upload"] = any(isinstance(one, Media) for one in session.new)

    def lose(session):
        if session.info.pop("adds_upload", False):
            raise OutcomeUnknown

    event.listen(RoutedSession, "after_flush", note)
    event.listen(RoutedSession, "after_commit", lose)
    yield
    event.remove(RoutedSession, "after_flush", note)
    event.remove(RoutedSession, "after_commit", lose)


@pytest.mark.usefixtures("lost_answer")
def test_an_upload_whose_commit_has_an_unknown_outcome_keeps_its_objects(people, stored):
    ada = people()
    reply = send_picture(ada)
    assert (reply.status_code, "/problems/outcome-unknown" in reply.text) == (503, True)
    assert len(ada.get("/media").json["data"]) == 1
    stored.assert_tidy()


@pytest.fixture
def during_upload(app, stored, monkeypatch):
    """Call a function in another thread after the objects of an upload are stored."""

    def arrange(call):
        put = stored.store.put

        def put_and_call(key, variants):
            put(key, variants)
            thread = Thread(target=call)
            thread.start()
            thread.join()

        monkeypatch.setattr(stored.store, "put", put_and_call)

    return arrange


def test_cleanup_leaves_a_running_upload_alone(people, stored, clean, during_upload):
    cleaned = []
    during_upload(lambda: cleaned.append(clean()))
    upload(people())
    assert cleaned == [(0, True)]
    stored.assert_tidy()


def test_an_upload_that_cleanup_has_given_up_leaves_nothing(people, stored, clean, during_upload):
    ada, cleaned = people(), []

    def give_up():
        stored.make_old()
        cleaned.append(clean())

    during_upload(give_up)
    assert_unavailable(send_picture(ada), "took too long")
    assert cleaned == [(1, True)]
    assert (stored.states(), stored.sizes()) == ({}, {})
    assert ada.get("/media").json["data"] == []


def test_an_upload_of_an_account_that_is_deleted_meanwhile_leaves_nothing(people, stored, during_upload):
    ada, admin = people(), people("admin")
    during_upload(lambda: admin.delete(f"/users/{ada.id}"))
    assert send_picture(ada).status_code == 409
    assert (stored.states(), stored.sizes()) == ({}, {})
    assert admin.get("/media").json["data"] == []
