"""Tests of pictures served by the real service: threads of obstore do not survive a fork, and clients can be slow."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from urllib.parse import urlsplit

import pytest

from blog_api.media.stores import open_store
from blog_api.media.variants import Variant
from tests.apps import migrate
from tests.http import ask
from tests.s3 import access_to, s3_server
from tests.service import launch

KEY = "0123456789abcdef" * 2
URL = f"/media/{KEY}/2560.webp"
STORE = "s3://blog-media/pictures"
DATA = os.urandom(3_000_000)


@pytest.fixture
def service(tmp_path, monkeypatch):
    """The URL of a service whose bucket has a picture."""
    with s3_server("blog-media") as s3_url:
        for name, value in access_to(s3_url).items():
            monkeypatch.setenv(name, value)
        open_store(STORE).put(KEY, [Variant(2560, 240, DATA)])
        with launch(migrate(f"sqlite:///{tmp_path / 'blog.db'}"), MEDIA_STORE=STORE) as running:
            yield running.url


def test_pictures_arrive_whole_and_in_parts(service):
    assert ask(service, "GET", URL).body == DATA
    part = ask(service, "GET", URL, headers={"Range": "bytes=1000000-"})
    assert (part.status, part.body) == (206, DATA[1_000_000:])
    head = ask(service, "HEAD", URL)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(DATA)))
    assert ask(service, "GET", URL, headers={"If-None-Match": head.headers["ETag"]}).status == 304
    assert ask(service, "GET", f"/media/{KEY}/320.webp").json["status"] == 404


def test_clients_that_do_not_receive_pictures_do_not_stop_other_reads(tmp_path):
    # More than the kernel buffers.
    open_store(str(tmp_path / "media")).put(KEY, [Variant(2560, 240, bytes(20_000_000))])
    database_url = migrate(f"sqlite:///{tmp_path / 'blog.db'}")
    with (
        launch(database_url, MEDIA_STORE=str(tmp_path / "media")) as running,
        contextlib.ExitStack() as stack,
    ):
        address = urlsplit(running.url)
        for _ in range(20):
            client = stack.enter_context(socket.create_connection((address.hostname, address.port)))
            client.sendall(f"GET {URL} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        started = time.monotonic()
        for _ in range(10):
            assert ask(running.url, "GET", "/api/v1/posts").status == 200
        assert time.monotonic() - started < 5
