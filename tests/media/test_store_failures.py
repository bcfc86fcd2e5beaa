"""Tests of a bucket that is down, hangs, or refuses access."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from blog_api.media.buckets import Bucket
from blog_api.media.failures import StoreUnavailable
from blog_api.media.variants import Variant
from tests.postgres import free_port
from tests.s3 import CREDENTIALS, access_to

KEY = "0123456789abcdef" * 2
NAME = f"{KEY}/320.webp"
CALLS = {
    "put": lambda store: store.put(KEY, [Variant(320, 240, b"picture")]),
    "read": lambda store: store.read(NAME),
    "size": lambda store: store.size(NAME),
    "delete": lambda store: store.delete(KEY, [320]),
    "names": lambda store: list(store.names()),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@pytest.fixture
def bucket(monkeypatch):
    """A function that opens the bucket at an endpoint."""

    def open_at(endpoint):
        for name, value in access_to(endpoint).items():
            monkeypatch.setenv(name, value)
        return Bucket("s3://blog-media/pictures")

    return open_at


@contextlib.contextmanager
def answering(status, body=""):
    """Run a server that gives the same answer to each request, and yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_PUT = do_POST = do_HEAD = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def failure_of(store, call):
    with pytest.raises(StoreUnavailable) as caught:
        call(store)
    assert caught.value.headers["Retry-After"]
    return caught.value


@every_call
def test_a_bucket_that_is_down_is_unavailable(bucket, call):
    failure = failure_of(bucket(f"http://127.0.0.1:{free_port()}"), call)
    assert "ConnectionRefused" in failure.orig
    assert not failure.needs_operator


def test_a_bucket_that_hangs_is_unavailable_within_seconds(bucket):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = bucket(f"http://127.0.0.1:{listener.getsockname()[1]}")
        started = time.monotonic()
        failure = failure_of(store, CALLS["put"])
        assert time.monotonic() - started < 20
    assert "Timeout" in failure.orig


@every_call
def test_refused_credentials_are_for_the_operator_and_do_not_reach_the_log(bucket, call):
    secrets = CREDENTIALS["AWS_ACCESS_KEY_ID"], "PUT&x-amz-date:20260101"
    body = (
        f"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>{secrets[0]}</AWSAccessKeyId>"
        f"<StringToSign>{secrets[1]}</StringToSign></Error>"
    )
    with answering(403, body) as url:
        failure = failure_of(bucket(url), call)
    assert failure.needs_operator
    assert "403" in failure.orig
    assert not any(
        secret in failure.orig for secret in (*secrets, *CREDENTIALS.values()) if secret != "us-east-1"
    )


@pytest.mark.parametrize("call", [CALLS["put"], CALLS["read"], CALLS["names"]], ids=["put", "read", "names"])
def test_a_missing_bucket_is_for_the_operator(bucket, call):
    with answering(404, "<Error><Code>NoSuchBucket</Code></Error>") as url:
        failure = failure_of(bucket(url), call)
    assert failure.needs_operator
    assert "NoSuchBucket" in failure.orig


def test_a_full_bucket_is_unavailable(bucket):
    with answering(507, "<Error><Code>XMinioStorageFull</Code></Error>") as url:
        assert "507, XMinioStorageFull" in failure_of(bucket(url), CALLS["put"]).orig
