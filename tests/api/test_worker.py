"""The queue of a worker: overdue requests are rejected, and busy workers leave connections to idle ones."""

from __future__ import annotations

import logging
import os
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from itertools import repeat
from types import SimpleNamespace

import psycopg2
import pytest
from gunicorn.config import Config
from sqlalchemy import make_url

from blog_api.api import worker as worker_module
from blog_api.api.deadlines import Deadline, record_wait, shed_load
from blog_api.api.worker import Worker
from blog_api.problems import Unavailable
from tests.http import ask
from tests.postgres import create_database
from tests.service import serve
from tests.waiting import wait_until

POSTS = "/api/v1/posts"


def is_served(waited, queue=""):
    """Whether a request with a deadline of ten seconds is served after it has `waited` in the queue."""

    def answer(_environ, _start_response):
        shed_load()
        return []

    record_wait(waited, queue)
    try:
        Deadline(answer, 10)({}, lambda *_: lambda _: None)
    except Unavailable:
        return False
    return True


def test_requests_in_a_long_queue_are_rejected_until_it_is_short():
    assert [is_served(waited) for waited in (4, 6, 4, 2, 0.5, 4)] == [True, False, False, False, True, True]


def test_each_queue_is_drained_by_itself():
    assert not is_served(6, "write")
    assert is_served(4, "read")
    assert not is_served(4, "write")
    assert is_served(0, "write")


def test_requests_that_waited_too_long_are_rejected_and_the_next_one_is_served(cluster):
    url = create_database(cluster, "blog_api_worker")
    settings = {
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
            assert said == ["The database is not responding."] + ["The service is overloaded."] * 5
            # Health checks are never overdue.
            assert ask(service, "GET", "/health/live").status == 200
        assert ask(service, "GET", POSTS).status == 200


@pytest.fixture
def worker_with_clients():
    """A worker with two threads for reads, its listener, and three clients. Requests last until they disconnect."""
    config = Config()
    config.set("threads", 2)
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as stack:
        app = SimpleNamespace(config={"DB_POOL_SIZE": 5, "DB_MAX_OVERFLOW": 10})
        loader = SimpleNamespace(wsgi=lambda: app)
        worker = Worker(1, os.getpid(), [listener], loader, 30, config, logging.getLogger("tests"))
        worker.handle = lambda conn: conn.sock.recv(1) and None
        worker.tpool = worker.get_thread_pool()
        worker.poller = selectors.DefaultSelector()
        worker.method_queue.init()
        worker.poller.register(
            worker.method_queue.fileno(), selectors.EVENT_READ, worker.method_queue.run_callbacks
        )
        worker.set_accept_enabled(True)
        address = listener.getsockname()
        clients = [stack.enter_context(closing(socket.create_connection(address))) for _ in range(3)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        yield worker, listener, clients
    # Once the clients have disconnected, the threads finish and hand their connections back to be closed.
    wait_until(lambda: run_loop(worker) == 0)
    worker.tpool.shutdown()
    worker.poller.close()
    worker.method_queue.close()
    worker.tmp.close()


@pytest.fixture
def delays(monkeypatch):
    """Replace sleep in the worker: record each delay in `taken` and call the functions in `meanwhile`."""
    taken: list[float] = []
    meanwhile: list[Callable[[], object]] = []

    def sleep(seconds):
        taken.append(seconds)
        for act in meanwhile:
            act()

    monkeypatch.setattr(worker_module, "time", SimpleNamespace(monotonic=time.monotonic, sleep=sleep))
    return SimpleNamespace(taken=taken, meanwhile=meanwhile)


def run_loop(worker, times=1):
    """Run the main loop and return the number of connections of the worker."""
    for _ in range(times):
        worker.wait_for_and_dispatch_events(0)
    return worker.nr_conns


def test_an_idle_worker_accepts_immediately_and_a_busy_one_after_a_delay(worker_with_clients, delays):
    worker, _, _ = worker_with_clients
    assert (run_loop(worker, 2), delays.taken) == (2, [])
    assert (run_loop(worker), delays.taken) == (3, [worker_module.ACCEPT_DELAY])


def test_another_worker_can_accept_the_connection_during_the_delay(worker_with_clients, delays):
    worker, listener, _ = worker_with_clients
    stack = ExitStack()
    delays.meanwhile.append(lambda: stack.enter_context(listener.accept()[0]))
    with stack:
        assert run_loop(worker, 3) == 2
    assert len(delays.taken) == 1


def test_a_worker_with_a_free_thread_accepts_immediately(worker_with_clients, delays):
    worker, listener, clients = worker_with_clients
    assert run_loop(worker, 3) == 3
    for client in clients[:2]:
        client.close()
    wait_until(lambda: run_loop(worker) == 1)
    with closing(socket.create_connection(listener.getsockname())):
        wait_until(lambda: run_loop(worker) == 2)
    assert len(delays.taken) == 1


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"])
def test_a_client_that_sends_nothing_for_too_long_is_disconnected(worker_with_clients, sent):
    worker, listener, _ = worker_with_clients
    run_loop(worker, 3)
    with closing(socket.create_connection(listener.getsockname())) as silent:
        silent.sendall(sent)
        wait_until(lambda: run_loop(worker) == 4)
        worker.murder_pending()
        assert worker.nr_conns == 4
        for conn in worker.pending_conns:
            conn.timeout -= worker_module.SILENCE_TIMEOUT
        worker.murder_pending()
        assert worker.nr_conns == 3
        assert silent.recv(1) == b""


def test_a_client_that_receives_nothing_for_too_long_is_disconnected(
    worker_with_clients, monkeypatch, caplog
):
    worker, listener, _ = worker_with_clients
    run_loop(worker, 3)
    monkeypatch.setattr(worker_module, "SILENCE_TIMEOUT", 1)
    monkeypatch.setattr(worker, "handle", partial(Worker.handle, worker))

    def stream(_environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return repeat(b"x" * 100_000)

    monkeypatch.setattr(worker, "wsgi", stream, raising=False)
    monkeypatch.setattr(worker.log, "access", lambda *_: None, raising=False)
    with closing(socket.create_connection(listener.getsockname())) as idle:
        # A lane of its own, because the other clients occupy the threads for reads.
        idle.sendall(b"GET /sitemap.xml HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until(lambda: run_loop(worker) == 4)
        wait_until(lambda: run_loop(worker) == 3)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
