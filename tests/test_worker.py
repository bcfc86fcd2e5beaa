"""The queue before the threads: who has waited too long is refused, and who may find a shorter one is left to it."""

from __future__ import annotations

import logging
import math
import os
import selectors
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import psycopg2
import pytest
from gunicorn.config import Config
from sqlalchemy import make_url

from blog_api.api import worker as worker_module
from blog_api.api.deadlines import Deadline, note_wait, reject_overdue
from blog_api.api.worker import Worker
from blog_api.problems import Unavailable
from tests.http import ask
from tests.postgres import create_database
from tests.service import serve
from tests.waiting import wait_until

POSTS = "/api/v1/posts"


def is_served(waited):
    """Whether a request is that has waited so many seconds, of ten."""

    def answer(_environ, _start_response):
        reject_overdue()
        return []

    note_wait(waited)
    try:
        Deadline(answer, 10)({}, lambda *_: lambda _: None)
    except Unavailable:
        return False
    return True


def test_a_queue_that_was_too_long_is_cleared_until_nobody_waits_any_more():
    assert [is_served(waited) for waited in (4, 6, 4, 2, 0.5, 4)] == [True, False, False, False, True, True]


def test_who_has_waited_half_of_the_time_is_refused_at_once_and_the_next_one_is_served(cluster):
    url = create_database(cluster, "blog_api_worker")
    settings = {
        "WEB_CONCURRENCY": "1",
        "WEB_THREADS": "1",
        "REQUEST_DEADLINE": "2",
        "MIGRATE_ON_START": "true",
    }
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with serve(url, **settings) as service, ThreadPoolExecutor(6) as clients:
        with closing(psycopg2.connect(dsn)) as holder:
            holder.cursor().execute("LOCK TABLE posts")
            replies = [one.result() for one in [clients.submit(ask, service, "GET", POSTS) for _ in range(6)]]
            said = sorted(reply.json["detail"] for reply in replies)
            assert [reply.status for reply in replies] == [503] * 6
            assert said == ["The database does not answer."] + ["Too many requests are waiting."] * 5
            # Health has no turn to wait for that would be too late.
            assert ask(service, "GET", "/health/live").status == 200
        assert ask(service, "GET", POSTS).status == 200


class CountingWorker(Worker):
    """Knows how many clients it has taken."""

    taken = 0

    def accept(self, listener):
        self.taken += 1
        super().accept(listener)

    def turn(self):
        """A turn of the main loop."""
        self.set_accept_enabled(True)
        self.wait_for_and_dispatch_events(0)
        return self.taken


@pytest.fixture
def crowd():
    """A worker with two threads, and three clients who have sent nothing yet."""
    config = Config()
    config.set("threads", 2)
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        worker = CountingWorker(1, os.getpid(), [listener], None, 30, config, logging.getLogger("tests"))
        worker.tpool = worker.get_thread_pool()
        worker.poller = selectors.DefaultSelector()
        worker.method_queue.init()
        worker.poller.register(
            worker.method_queue.fileno(), selectors.EVENT_READ, worker.method_queue.run_callbacks
        )
        address = listener.getsockname()
        clients = [stack.enter_context(closing(socket.create_connection(address))) for _ in range(3)]
        yield worker, clients
    # Without their clients the threads come to an end, and hand back what they served, to be closed.
    worker.tpool.shutdown()
    worker.method_queue.run_callbacks(None)
    worker.poller.close()
    worker.method_queue.close()
    worker.tmp.close()


@pytest.mark.parametrize(("pause", "taken"), [(math.inf, 2), (0, 3)])
def test_who_finds_all_threads_busy_is_left_to_another_worker_until_the_pause_is_over(
    crowd, monkeypatch, pause, taken
):
    monkeypatch.setattr(worker_module, "PAUSE", pause)
    worker, _ = crowd
    assert [worker.turn() for _ in range(5)][-1] == taken


def test_a_pause_is_over_as_soon_as_a_thread_is_free(crowd, monkeypatch):
    monkeypatch.setattr(worker_module, "PAUSE", math.inf)
    worker, clients = crowd
    assert [worker.turn() for _ in range(5)][-1] == 2
    clients[0].close()
    wait_until(lambda: worker.turn() == 3)
