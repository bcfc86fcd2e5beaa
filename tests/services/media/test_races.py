"""Tests of concurrent uploads, deletions and uses of the same picture, in threads with their own connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from tests.apps import statuses
from tests.pictures import picture, send_picture, upload
from tests.waiting import wait_until

TURNS = 6
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def race(make_client, stored):
    """Call functions at the same time, each with a person who has a connection of their own. Return the results."""
    app = make_client(DB_POOL_SIZE="20", MEDIA_STORE=str(stored.store.path)).application

    def run(person, *calls):
        start = Barrier(len(calls))

        def one(call):
            racing = replace(person, client=app.test_client())
            start.wait()
            return call(racing)

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    return run


def test_equal_files_that_are_uploaded_and_deleted_at_once_are_stored_once(people, stored, race):
    ada = people()
    for turn in range(TURNS):
        data = picture()
        path = f"/media/{upload(ada, data)['id']}"
        sends = [lambda person, data=data: send_picture(person, data)] * 3
        *sent, deleted = race(ada, *sends, lambda person, path=path: person.delete(path))
        assert (statuses(sent), deleted.status_code) == ({201: 3}, 204)
        stored.assert_tidy()
        assert len(stored.states()) == turn + 1
        assert len({reply.json["url"] for reply in sent}) == 1


def test_all_uploads_of_a_file_can_be_deleted_at_once(people, stored, race):
    ada = people()
    for _ in range(TURNS):
        data = picture()
        paths = [f"/media/{upload(ada, data)['id']}" for _ in range(3)]
        replies = race(ada, *(lambda person, path=path: person.delete(path) for path in paths * 2))
        assert statuses(replies) == {204: 3, 404: 3}
        assert (stored.states(), stored.sizes()) == ({}, {})


def test_a_picture_is_either_used_or_deleted(people, stored, race):
    ada = people()
    for _ in range(TURNS):
        media, post = upload(ada), ada.write()
        path, use = f"/media/{media['id']}", {"image": {"media_id": media["id"]}, "content": media["url"]}
        changed, added, deleted = race(
            ada,
            lambda person, post=post, use=use: person.patch(f"/posts/{post['id']}", use),
            lambda person, use=use: person.post("/posts", {"title": "New", **use}),
            lambda person, path=path: person.delete(path),
        )
        assert {changed.status_code, added.status_code} <= {200, 201, 422}
        is_used = 422 not in {changed.status_code, added.status_code}
        assert deleted.status_code == (409 if is_used else 204)
        assert ada.get(path).status_code == (200 if is_used else 404)
        stored.assert_tidy()


@on_postgresql
def test_a_deletion_waits_for_the_upload_before_it_locks_the_file(people, stored, race):
    ada = people()
    media = upload(ada)

    def release(_person):
        with stored.sql.holding("SELECT id FROM media FOR KEY SHARE"):
            waiting.wait()
            wait_until(stored.sql.count_waiting)
            # As a post does that uses the picture. Otherwise both would wait for each other.
            stored.sql("SELECT id FROM media_files FOR KEY SHARE NOWAIT")

    def delete(person):
        waiting.wait()
        return person.delete(f"/media/{media['id']}")

    waiting = Barrier(2)
    _, deleted = race(ada, release, delete)
    assert deleted.status_code == 204
