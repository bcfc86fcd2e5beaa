"""The watchdog cuts the connection that is late, and no other."""

from __future__ import annotations

import os
import socket
import time
from contextlib import closing

import pytest

from blog_api.database.watchdog import Watchdog, Wire

SECONDS = 10


class Connection:
    """One of a driver, as far as the watchdog knows it."""

    closed = 0

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.theirs.settimeout(SECONDS)

    def fileno(self):
        return self.ours.fileno()

    @property
    def is_cut(self):
        self.theirs.setblocking(False)
        try:
            return self.theirs.recv(1) == b""
        except BlockingIOError:
            return False

    def close(self):
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def connection():
    with closing(Connection()) as made:
        yield made


@pytest.fixture
def other():
    with closing(Connection()) as made:
        yield made


def at_once():
    return time.monotonic() - 1


def in_an_hour():
    return time.monotonic() + 3600


def test_a_connection_that_is_late_is_cut_after_it_was_told(connection, other):
    dog, told = Watchdog(), []
    late = dog.watch(Wire(connection), at_once(), lambda: told.append(connection.is_cut))
    good = dog.watch(Wire(other), in_an_hour(), lambda: told.append("wrong"))
    assert connection.theirs.recv(1) == b""
    assert told == [False]
    assert (dog.release(late), dog.release(good)) == (False, True)
    assert not other.is_cut
    good.wire.close()


def test_a_connection_that_was_given_back_is_never_cut(connection, other):
    dog = Watchdog()
    watch = dog.watch(Wire(connection), at_once(), lambda: None)
    assert dog.release(watch)
    dog.watch(Wire(other), at_once(), lambda: None)
    # The other one was looked at after this one was given back.
    assert other.theirs.recv(1) == b""
    assert not connection.is_cut
    watch.wire.close()


def test_a_handle_that_now_belongs_to_another_connection_is_left_alone(connection, other):
    wire, number = Wire(connection), connection.fileno()
    connection.ours.close()
    os.dup2(other.fileno(), number)
    wire.cut()
    assert connection.theirs.recv(1) == b""
    assert not other.is_cut
    os.close(number)


def test_the_watchdog_outlives_one_that_cannot_be_told(connection, other):
    dog = Watchdog()
    dog.watch(Wire(connection), at_once(), lambda: 1 // 0)
    assert connection.theirs.recv(1) == b""
    dog.watch(Wire(other), at_once(), lambda: None)
    assert other.theirs.recv(1) == b""


def test_of_a_connection_that_has_ended_nobody_is_told(connection, other):
    dog, told = Watchdog(), []
    connection.closed = 2
    dog.watch(Wire(connection), at_once(), lambda: told.append(1))
    dog.watch(Wire(other), at_once(), lambda: None)
    assert other.theirs.recv(1) == b""
    assert told == []


def test_a_process_that_was_forked_cuts_nothing_of_the_other_one(connection):
    dog = Watchdog()
    dog.watch(Wire(connection), in_an_hour(), lambda: None)
    dog.forget()
    assert not connection.is_cut
    assert dog._watched == {}
