"""With LOG_FORMAT=json, every line that the service prints is JSON."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from functools import partial
from urllib.parse import urlsplit

from bench.processes import process_tree
from config import PROJECT
from tests.apps import SECRET
from tests.databases import on_one_database
from tests.http import ask
from tests.service import launch
from tests.waiting import wait_until


def workers_of(service):
    return set(process_tree(service.process.pid)) - {service.process.pid}


def are_replaced(before, service):
    after = workers_of(service)
    return len(after) == 2 and not after & before


@on_one_database
def test_all_output_of_the_service_is_json(empty_url, tmp_path):
    settings = {
        "APP_ENV": "production",
        "SECRET_KEY": SECRET,
        "MIGRATE_ON_START": "true",
        "DB_ECHO_POOL": "true",
    }
    with launch(empty_url, **settings, METRCS_TOKEN="hunter2") as service:
        assert ask(service.url, "GET", "/api/v1/posts").status == 200
        with socket.create_connection(("127.0.0.1", urlsplit(service.url).port or 0)) as malformed:
            malformed.sendall(b"nonsense\r\n\r\n")
            assert malformed.recv(100).startswith(b"HTTP/1.1 400 ")
        for number in (signal.SIGKILL, signal.SIGHUP):
            before = workers_of(service)
            for pid in before if number == signal.SIGKILL else [service.process.pid]:
                os.kill(pid, number)
            wait_until(partial(are_replaced, before, service))
        service.process.terminate()
        assert service.process.wait(40) == 0
        lines = service.read_output().splitlines()
    entries = [json.loads(line) for line in lines]
    assert all({"time", "level", "logger", "message"} <= set(entry) for entry in entries)
    messages = [entry["message"] for entry in entries]
    for part in ("Starting gunicorn", "Running upgrade  -> 0001", "API at http://", "Invalid request from ip",
                 "Handling signal: hup", "Shutting down: Master", "Pool recreating"):  # fmt: skip
        assert any(message.startswith(part) for message in messages), part
    assert "METRCS_TOKEN is not a setting: perhaps you mean METRICS_TOKEN" in messages
    assert "hunter2" not in "".join(lines)


CRASH = """
import logging, threading, warnings
from gunicorn.config import Config
from blog_api.api.server_log import JsonLogger

JsonLogger(Config())
logging.getLogger("some.library").warning("a\\nb")
warnings.warn("deprecated")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise RuntimeError("in the main thread")
"""


def test_crashes_warnings_and_lines_of_libraries_are_json():
    done = subprocess.run([sys.executable, "-c", CRASH], cwd=PROJECT, capture_output=True, text=True)
    library, warning, *crashes = map(json.loads, done.stderr.splitlines())
    assert (library["logger"], library["level"], library["message"]) == ("some.library", "warning", "a\nb")
    assert "deprecated" in warning["message"]
    assert [crash["level"] for crash in crashes] == ["critical", "critical"]
    assert "ZeroDivisionError" in crashes[0]["exception"]
    assert "in the main thread" in crashes[1]["exception"]
