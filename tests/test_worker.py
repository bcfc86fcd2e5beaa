"""A request that has waited too long for a thread is refused, rather than done for nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg2
from sqlalchemy import make_url

from blog_api.deadlines import end_deadline, note_wait, refuse_late, start_deadline
from blog_api.problems import Unavailable
from tests.http import ask
from tests.postgres import create_database
from tests.service import serve

POSTS = "/api/v1/posts"


def is_served(waited):
    """Whether a request is that has waited so many seconds, of ten."""
    note_wait(waited)
    start_deadline(10)
    try:
        refuse_late()
    except Unavailable:
        return False
    finally:
        end_deadline()
    return True


def test_a_queue_that_was_too_long_is_cleared_until_nobody_waits_any_more():
    assert [is_served(waited) for waited in (4, 6, 4, 1, 0.1, 4)] == [True, False, False, False, True, True]


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
