"""Send requests to slow, flooding and broken servers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from blog_api.outgoing.client import MAX_BYTES
from blog_api.outgoing.failures import RequestAborted, RequestFailed
from tests.outgoing.helpers import OK, send
from tests.receiver import answering
from tests.waiting import wait_until


def drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def drip_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n")
        time.sleep(0.02)


def hang(connection):
    # Until the client gives up.
    connection.recv(1)


def continue_forever(connection):
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.02)


@pytest.mark.parametrize("respond", [drip, drip_headers, hang, continue_forever])
def test_a_slow_response_fails_when_the_time_is_over(respond):
    with answering(respond) as port:
        started = time.monotonic()
        with pytest.raises(RequestFailed, match="in time"):
            send(port, seconds=0.4)
        assert 0.3 < time.monotonic() - started < 5


def flood(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def flood_chunks(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


@pytest.mark.parametrize("respond", [flood, flood_chunks])
def test_the_rest_of_a_large_body_is_not_read(respond):
    with answering(respond) as port:
        response = send(port)
    assert response.status == 200
    assert len(response.body) < MAX_BYTES


def flood_headers(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"y" * 1000 + b"\r\n")


def flood_one_header(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        connection.sendall(b"y" * 1000)


def flood_interim_responses(connection):
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


@pytest.mark.parametrize("respond", [flood_headers, flood_one_header, flood_interim_responses])
def test_too_many_headers_fail(respond):
    with answering(respond) as port, pytest.raises(RequestFailed):
        send(port)


@pytest.mark.parametrize(
    "raw", [b"", b"\xff" * 100, b"200 OK", b"HTTP/0.9 200\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"]
)
def test_a_response_that_is_not_http_fails(raw):
    def respond(connection):
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)

    with answering(respond) as port, pytest.raises(RequestFailed):
        send(port)


def test_compressed_bodies_are_not_decompressed():
    with answering(
        lambda c: c.sendall(OK.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"))
    ) as port:
        assert send(port).headers["content-encoding"] == "gzip"


def test_a_request_can_be_aborted():
    aborted = threading.Event()
    with answering(hang) as port, contextlib.ExitStack() as stack:
        timer = threading.Timer(0.1, aborted.set)
        stack.callback(timer.join)
        timer.start()
        started = time.monotonic()
        with pytest.raises(RequestAborted):
            send(port, is_aborted=aborted.is_set)
        assert time.monotonic() - started < 4
    wait_until(aborted.is_set)
