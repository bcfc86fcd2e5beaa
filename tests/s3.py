"""A real server of S3 on a free port of the loopback interface: moto."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.http import Reply, ask
from tests.postgres import free_port

SECONDS_TO_START = 30
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDFORTESTS",
    "AWS_SECRET_ACCESS_KEY": "hunter2hunter2",
    "AWS_REGION": "us-east-1",
    # Never ask the machine itself for credentials.
    "AWS_METADATA_ENDPOINT": "http://127.0.0.1:1",
}
# moto does not verify signatures.
SIGNATURE = "AWS4-HMAC-SHA256 Credential=AKIDFORTESTS/20260101/us-east-1/s3/aws4_request"


def access_to(endpoint: str) -> dict[str, str]:
    """Return the environment variables that give access to the server at this URL."""
    return {**CREDENTIALS, "AWS_ENDPOINT_URL": endpoint}


def ask_s3(url: str, method: str, path: str) -> Reply:
    """Send a request without a body to the server."""
    return ask(url, method, path, headers={"Authorization": SIGNATURE})


@contextmanager
def s3_server(*buckets: str) -> Iterator[str]:
    """Run a server with these buckets, and yield its URL."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    with (
        tempfile.TemporaryFile("a+") as output,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as process,
    ):
        try:
            _wait_until_ready(url, process)
            for bucket in buckets:
                assert ask_s3(url, "PUT", f"/{bucket}").status == 200
            yield url
        finally:
            process.kill()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            ask(url, "GET", "/moto-api/")
        except OSError:
            assert process.poll() is None, "the server of S3 has ended"
            assert time.monotonic() < deadline, "the server of S3 did not start"
            time.sleep(0.05)
        else:
            return
