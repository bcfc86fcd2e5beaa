"""Real workers: several at once, killed ones, and receivers that hang."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.receiver import receiving
from tests.waiting import wait_until
from tests.worker import working


@pytest.fixture
def work_for(database_url):
    return lambda: working(database_url, WEBHOOKS_ALLOW="127.0.0.1")


def ids_of(receiver):
    return [request.json["data"]["id"] for request in receiver.received]


def test_a_killed_worker_is_replaced_and_repeats_at_most_what_it_had_not_recorded(
    subscribe, people, receiver, work_for, sql
):
    webhook, author = subscribe(receiver, "post.published"), people()
    expected = [author.write(f"Post {number}")["id"] for number in range(5)]
    reached, released = threading.Event(), threading.Event()

    def hang_once(request):
        if request.json["data"]["id"] == expected[2] and not reached.is_set():
            reached.set()
            released.wait(30)
        return 204

    receiver.answer = hang_once
    with work_for() as worker:
        assert reached.wait(30)
        worker.kill()
        worker.wait()
    released.set()
    # The lease of the killed worker has not ended yet, and the next one waits for it.
    sql("UPDATE webhooks SET lease_until = :now", now=datetime.now(UTC) + timedelta(seconds=2))
    with work_for():
        wait_until(lambda: len(set(ids_of(receiver))) == len(expected))
    assert webhook["is_active"]
    by_post: dict[int, set[str]] = {}
    for request in receiver.received:
        by_post.setdefault(request.json["data"]["id"], set()).add(request.message_id)
    assert list(by_post) == expected
    assert all(len(message_ids) == 1 for message_ids in by_post.values())
    # In order again, from the first message that was not recorded on.
    assert ids_of(receiver)[-3:] == expected[2:]


def test_two_workers_send_each_message_once_and_wait_for_no_hanging_receiver(
    subscribe, people, admin, receiver, work_for
):
    released = threading.Event()
    with receiving() as hanging, work_for() as first, work_for():
        hanging.answer = lambda _request: released.wait(60) and 204
        stuck, webhook = subscribe(hanging, "post.published"), subscribe(receiver, "post.published")
        author = people()
        expected = [author.write(f"Post {number}")["id"] for number in range(8)]
        due = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat()
        expected.append(author.write("Due", published_at=due)["id"])
        wait_until(lambda: len(receiver.received) >= len(expected))
        # A test is sent at once, although an earlier message hangs.
        assert admin.post(f"/webhooks/{stuck['id']}/test").status_code == 202
        wait_until(lambda: len(hanging.received) == 2)
        assert hanging.types == ["post.published", "webhook.test"]
        listed = admin.get(f"/webhooks/{webhook['id']}/deliveries").json["data"]
        assert len(listed) == len(expected)
        stopping = time.monotonic()
        first.terminate()
        first.wait()
        assert time.monotonic() - stopping < 10
        released.set()
    assert ids_of(receiver) == expected
