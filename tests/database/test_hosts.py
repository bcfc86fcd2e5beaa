"""Tests of connecting to URLs with several hosts and with host names."""

from __future__ import annotations

import contextlib
import socket
import threading

import psycopg2
import pytest
from sqlalchemy import make_url

from blog_api.context import limit_deadline, seconds_left
from blog_api.database import hosts
from tests.apps import disconnect, make_app, migrate
from tests.cli.helpers import run_command
from tests.postgres import create_database, free_port
from tests.slow_views import assert_unavailable

POSTS = "/api/v1/posts"


class Driver:
    """A fake driver that accepts only the `good` addresses, and records its parameters."""

    def __init__(self, *good):
        self.good, self.given, self.left = good, [], []

    def __call__(self, **parameters):
        self.given.append(parameters)
        self.left.append(seconds_left())
        if parameters.get("hostaddr", parameters.get("host")) in self.good:
            return "connection"
        raise psycopg2.OperationalError("Connection refused")

    def tried(self, *names):
        return [tuple(given.get(name) for name in names) for given in self.given]


@pytest.fixture
def names(monkeypatch):
    """The known host names and their addresses."""
    known: dict[str, list[str]] = {}

    def look_up(name, _port, **_options):
        if name not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in known[name]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.fixture
def hanging_lookups(monkeypatch):
    """Make DNS lookups hang until the end of the test."""
    ended = threading.Event()

    def look_up(*_arguments, **_options):
        ended.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    ended.set()


@pytest.fixture(scope="module")
def server(cluster):
    """The URL of a migrated database."""
    return migrate(create_database(cluster, "blog_api_hosts"))


@pytest.fixture
def silent_port():
    """The port of a server that accepts connections but does not respond."""
    with contextlib.closing(socket.create_server(("127.0.0.1", free_port()))) as made:
        yield made.getsockname()[1]


@contextlib.contextmanager
def client_of(url, **settings):
    app = make_app(url, **settings)
    yield app.test_client()
    disconnect(app)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"host": "/run/postgresql"}, {"host": "@abstract"}, {"host": "10.0.0.1", "port": 5433}, {"host": "::1"},
     {"host": "db", "hostaddr": "10.0.0.1"}, {"host": "a,b", "port": "1,2,3"}],
    ids=str,
)  # fmt: skip
def test_hosts_that_need_no_lookup_are_passed_to_libpq(parameters, names):
    driver = Driver()
    with pytest.raises(psycopg2.OperationalError, match="refused"):
        hosts.connect(driver, parameters)
    assert [{name: str(value) for name, value in given.items()} for given in driver.given] == [
        {name: str(value) for name, value in parameters.items()}
    ]


def test_the_host_name_is_passed_with_each_address(names):
    names["db"] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    driver = Driver("10.0.0.2")
    assert hosts.connect(driver, {"host": "db", "port": 5433, "sslmode": "verify-full"}) == "connection"
    assert driver.tried("host", "hostaddr", "port", "sslmode") == [
        ("db", "10.0.0.1", "5433", "verify-full"),
        ("db", "10.0.0.2", "5433", "verify-full"),
    ]


def test_hosts_are_tried_in_order_with_their_own_port_and_address(names):
    names["c"] = ["10.0.0.3"]
    driver = Driver("10.0.0.3")
    given = {"host": "a,unknown,c", "hostaddr": "10.0.0.1,,", "port": "1,2,3"}
    assert hosts.connect(driver, given) == "connection"
    assert driver.tried("host", "hostaddr", "port") == [("a", "10.0.0.1", "1"), ("c", "10.0.0.3", "3")]


def test_hosts_share_the_remaining_time_equally(names):
    names["a"] = ["10.0.0.1", "10.0.0.2"]
    driver = Driver()
    with limit_deadline(600), pytest.raises(psycopg2.OperationalError):
        hosts.connect(driver, {"host": "a,10.0.0.3"})
    assert [round(left, -1) for left in driver.left] == [150, 300, 600]
    with pytest.raises(psycopg2.OperationalError):
        hosts.connect(driver, {"host": "a,10.0.0.3"})
    assert set(driver.left[3:]) == {float("inf")}


@pytest.mark.parametrize("host", ["10.0.0.1", "10.0.0.1,10.0.0.2"])
def test_prefer_standby_falls_back_to_any_host(host, names):
    driver = Driver()
    with pytest.raises(psycopg2.OperationalError):
        hosts.connect(driver, {"host": host, "target_session_attrs": "prefer-standby"})
    attempts = [attrs for _host, attrs in driver.tried("host", "target_session_attrs")]
    assert attempts == (["standby", "standby", "any", "any"] if "," in host else ["prefer-standby"])


@pytest.mark.parametrize("name", ["unknown.invalid", "not a name", f"{'x' * 70}.example"])
def test_an_unknown_host_fails_with_the_message_of_libpq(name):
    with pytest.raises(psycopg2.OperationalError) as failure:
        hosts.connect(Driver(), {"host": name})
    said = str(failure.value)
    assert said.startswith(f'could not translate host name "{name}" to address: ')
    assert not said.endswith(": ")


def test_a_hanging_lookup_ends_at_the_deadline(hanging_lookups):
    with client_of(
        "postgresql://nobody@db.example/blog", REQUEST_DEADLINE="1", DB_CONNECT_TIMEOUT="60"
    ) as client:
        for _ in range(2):
            assert_unavailable(client.get(POSTS), "is not responding")


def test_a_hanging_lookup_in_a_command_ends_at_the_connect_timeout(hanging_lookups):
    with client_of("postgresql://nobody@db.example/blog", DB_CONNECT_TIMEOUT="1") as client:
        result = run_command(client.application, "check-db")
    assert result.exit_code == 1
    assert 'could not translate host name "db.example" to address: timeout expired' in result.stderr


@pytest.mark.parametrize("deadline", ["2", "600"])
def test_the_second_host_is_tried_if_the_first_is_unresponsive(server, silent_port, deadline):
    ports = f"{silent_port},{make_url(server).port}"
    url = make_url(server).set(host=None, port=None, query={"host": "localhost,127.0.0.1", "port": ports})
    address = url.render_as_string(hide_password=False)
    with client_of(address, REQUEST_DEADLINE=deadline, DB_CONNECT_TIMEOUT="2") as client:
        assert client.get(POSTS).status_code == 200
