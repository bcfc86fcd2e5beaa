"""Metrics add up all workers, including ended ones."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.processes import process_tree
from tests.databases import on_one_database
from tests.http import ask
from tests.postgres import free_port
from tests.prometheus import TOKEN, read, requests_to
from tests.service import launch
from tests.waiting import wait_until

pytestmark = on_one_database


def total(url, route="/health/live"):
    return read(ask(url, "GET", "/metrics").body.decode())[requests_to(route, 200)]


def workers_of(service):
    return set(process_tree(service.process.pid)) - {service.process.pid}


def test_metrics_add_up_all_workers_including_ended_ones(database_url, app):
    port = free_port()
    with launch(database_url, METRICS_BIND=f"127.0.0.1:{port}") as service:
        metrics = f"http://127.0.0.1:{port}"
        for _ in range(30):
            assert ask(service.url, "GET", "/health/live").status == 200
        assert {total(metrics) for _ in range(6)} == {30}
        assert ask(service.url, "GET", "/metrics").status == 404
        assert ask(metrics, "GET", "/api/v1/posts").status == 404
        (folder,) = folders(service.process.pid)
        killed = workers_of(service)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(workers_of(service) - killed) == len(killed))
        for _ in range(5):
            assert ask(service.url, "GET", "/health/live").status == 200
        assert {total(metrics) for _ in range(4)} == {35}
        service.process.send_signal(signal.SIGHUP)
        time.sleep(1)
        assert total(metrics) == 35
        assert folders(service.process.pid) == [folder]
    assert not folder.exists()


def start_times(url):
    figures = read(ask(url, "GET", "/metrics", token=TOKEN).body.decode())
    return {key[1][1]: value for key, value in figures.items() if key[0] == "process_start_time_seconds"}


def test_each_process_is_reported_by_its_slot(database_url, app):
    with launch(database_url, METRICS_TOKEN=TOKEN) as service:
        wait_until(lambda: set(start_times(service.url)) == {"master", "worker1", "worker2"})
        before = start_times(service.url)
        time.sleep(1)
        for pid in workers_of(service):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: have_restarted(before, start_times(service.url)))
        assert start_times(service.url)["master"] == before["master"]


def have_restarted(before, after):
    """Return whether both workers have started again, in the same slots."""
    return after.keys() == before.keys() and all(
        after[name] > before[name] for name in ("worker1", "worker2")
    )


def are_replaced(before, service):
    """Return whether two new workers have replaced those in `before`."""
    after = workers_of(service)
    return len(after) == 2 and not after & before


def have_gauges(slots, service, folder):
    """Send a request, then return whether exactly these slots have gauge files."""
    assert ask(service.url, "GET", "/api/v1/posts").status == 200
    return slots == {path.stem.rpartition("_")[2] for path in folder.glob("gauge_live*_worker*.db")}


def test_replaced_workers_leave_no_files_and_no_gauges(database_url, app):
    with launch(database_url, METRICS_TOKEN=TOKEN) as service:
        (folder,) = folders(service.process.pid)
        for slots in ({"worker3", "worker4"}, {"worker1", "worker2"}) * 2:
            before = workers_of(service)
            service.process.send_signal(signal.SIGHUP)
            wait_until(partial(are_replaced, before, service))
            wait_until(partial(have_gauges, slots, service, folder))
        assert len(list(folder.glob("counter_*.db"))) <= 5


def folders(pid):
    return [
        path
        for place in ("/dev/shm", tempfile.gettempdir())
        for path in Path(place).glob(f"blog-metrics-{pid}-*")
    ]
