import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from sqlalchemy import URL, make_url

from tests.waiting import wait_until

PROJECT = Path(__file__).resolve().parent.parent
HOLD_A_CLUSTER = """
import time
from tests.postgres import cluster
with cluster() as url:
    print(url, flush=True)
    time.sleep(60)
"""


def test_the_cluster_stops_if_its_parent_is_killed():
    environ = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    command = [sys.executable, "-c", HOLD_A_CLUSTER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=environ) as parent:
        assert parent.stdout is not None
        url = make_url(parent.stdout.readline().strip())
        assert answers(url)
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: not answers(url))


def answers(url: URL) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((str(url.host), url.port or 0)) == 0
