"""Every error response is an RFC 9457 problem."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing

import pytest
from sqlalchemy import exc
from sqlalchemy.orm.exc import StaleDataError
from werkzeug import exceptions

from blog_api.database.session import db
from tests.apps import disconnect, make_app, running_app
from tests.databases import on_one_database

MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}


def assert_problem(reply, status, name):
    assert (reply.status_code, reply.content_type) == (status, "application/problem+json"), reply.text
    assert set(reply.json) - {"errors"} == MEMBERS
    assert ("errors" in reply.json) <= (status in (409, 422))
    assert (reply.json["status"], reply.json["type"]) == (status, f"/problems/{name}")
    assert reply.json["request_id"] == reply.headers["X-Request-ID"]
    assert reply.json["detail"]
    assert reply.headers["Cache-Control"] == "no-store"


class Driver(Exception):
    """A driver exception."""

    def __init__(self, text="", pgcode=None):
        super().__init__(text)
        self.pgcode = pgcode


def failure(kind, pgcode=None, text="", *, invalidated=False):
    return kind("SELECT 1", {}, Driver(text, pgcode), connection_invalidated=invalidated)


def param_id(value):
    """A short test id for a parameter."""
    code = getattr(getattr(value, "orig", None), "pgcode", None)
    return f"{type(value).__name__} {code or value}" if isinstance(value, Exception) else str(value)


@on_one_database
@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/nothing", "/api/v1/posts/0", "/api/v2/posts", "/problems/x"]
)
def test_an_unknown_path_is_a_404_problem(client, path):
    reply = client.get(path)
    assert_problem(reply, 404, "not-found")
    assert reply.json["instance"] == path


@on_one_database
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/health/live", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/openapi.json", {"GET", "HEAD", "OPTIONS"}),
        ("DELETE", "/api/v1/posts", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", "/api/v1/auth/login", {"OPTIONS", "POST"}),
        ("BREW", "/api/v1/posts", {"GET", "HEAD", "OPTIONS", "POST"}),
    ],
)
def test_an_unsupported_method_is_405_with_an_allow_header(client, method, path, allowed):
    reply = client.open(path, method=method)
    assert_problem(reply, 405, "method-not-allowed")
    assert set(reply.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "path", ["/health/live", "/openapi.json", "/api/v1/posts", "/api/v1/users", "/docs/"]
)
def test_head_responds_like_get_without_a_body(client, path):
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Cache-Control"):
        assert head.headers.get(name) == get.headers.get(name)


def test_a_head_request_for_a_missing_object_is_404_without_a_body(client):
    reply = client.head("/api/v1/posts/999")
    assert (reply.status_code, reply.data) == (404, b"")


@on_one_database
def test_options_lists_the_methods_and_needs_no_token(client):
    reply = client.options("/api/v1/users/me")
    assert (reply.status_code, reply.data) == (200, b"")
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PATCH"}


@on_one_database
@pytest.mark.parametrize(
    "path", ["/api/v1/posts/", "//api/v1/posts", "/api//v1/posts", "/API/v1/posts", "/api/v1/posts/%2e"]
)
def test_other_spellings_of_a_path_are_404(client, path):
    assert client.get(path).status_code == 404


@pytest.fixture
def broken(database_url):
    """A client of an app with a view that raises the last exception in the list, and that list."""
    raised: list[Exception] = []
    app = make_app(database_url)

    @app.route("/broken", methods=["GET", "POST"])
    def broken():
        raise raised[-1]

    yield app.test_client(), raised
    disconnect(app)


@on_one_database
@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("secret"), KeyError("secret"), failure(exc.ProgrammingError, "42601", "secret")],
)
def test_an_internal_error_is_500_without_details_and_logged_with_them(broken, caplog, error):
    client, raised = broken
    raised.append(error)
    logging.getLogger("blog_api").addHandler(caplog.handler)
    reply = client.get("/broken")
    logging.getLogger("blog_api").removeHandler(caplog.handler)
    assert_problem(reply, 500, "internal-error")
    assert "secret" not in reply.text
    assert "Traceback" in caplog.text
    assert "secret" in caplog.text


@on_one_database
@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (failure(exc.OperationalError, None, "connection refused"), 503, "unavailable"),
        (failure(exc.OperationalError, "57P01"), 503, "unavailable"),
        (failure(exc.OperationalError, "57P03"), 503, "unavailable"),
        (failure(exc.OperationalError, "57014"), 503, "unavailable"),
        (failure(exc.OperationalError, "53300"), 503, "unavailable"),
        (failure(exc.OperationalError, "08006"), 503, "unavailable"),
        (failure(exc.OperationalError, "55P03"), 503, "unavailable"),
        (failure(exc.OperationalError, None, "database is locked"), 503, "unavailable"),
        (failure(exc.DatabaseError, None, "server closed", invalidated=True), 503, "unavailable"),
        (failure(exc.InterfaceError, None, "connection already closed"), 503, "unavailable"),
        (failure(exc.OperationalError, "57P02"), 503, "unavailable"),
        (failure(exc.OperationalError, "53100"), 503, "unavailable"),
        (failure(exc.OperationalError, "53200"), 503, "unavailable"),
        (failure(exc.OperationalError, "53400"), 503, "unavailable"),
        (failure(exc.OperationalError, "08P01"), 503, "unavailable"),
        (failure(exc.OperationalError, "58030"), 503, "unavailable"),
        (failure(exc.OperationalError, None, "SSL SYSCALL error: EOF detected"), 503, "unavailable"),
        (failure(exc.InternalError, "25006"), 503, "unavailable"),
        (failure(exc.InternalError, "25P03"), 503, "unavailable"),
        (failure(exc.InternalError, "XX001"), 503, "unavailable"),
        (failure(exc.DatabaseError, None, "error with status PGRES_TUPLES_OK"), 503, "unavailable"),
        (exc.PendingRollbackError("Can't reconnect", code="8s2b"), 503, "unavailable"),
        (exc.TimeoutError("QueuePool limit"), 503, "unavailable"),
        (failure(exc.OperationalError, "40001"), 409, "edit-conflict"),
        (failure(exc.OperationalError, "40P01"), 409, "edit-conflict"),
        (StaleDataError("expected 1 row"), 409, "edit-conflict"),
        (failure(exc.IntegrityError, "23503"), 409, "conflict"),
        (failure(exc.DataError, "22003"), 422, "invalid-input"),
        (failure(exc.ProgrammingError, "42P01"), 503, "unavailable"),
        (failure(exc.InternalError, "XX000"), 500, "internal-error"),
        (exceptions.ImATeapot(), 418, "http-error"),
        (exceptions.Forbidden(), 403, "forbidden"),
        (exceptions.RequestEntityTooLarge(), 413, "content-too-large"),
        (exceptions.RequestURITooLarge(), 414, "uri-too-long"),
        (exceptions.RequestHeaderFieldsTooLarge(), 431, "headers-too-large"),
        (exceptions.TooManyRequests(retry_after=7), 429, "too-many-requests"),
        (exceptions.ServiceUnavailable(retry_after=7), 503, "unavailable"),
        (exceptions.InternalServerError(), 500, "internal-error"),
        (exceptions.NotImplemented(), 501, "http-error"),
        (exceptions.Unauthorized(), 401, "unauthorized"),
    ],
    ids=param_id,
)  # fmt: skip
def test_each_exception_maps_to_a_problem(broken, error, status, name):
    client, raised = broken
    raised.append(error)
    reply = client.post("/broken")
    assert_problem(reply, status, name)
    assert ("Retry-After" in reply.headers) == (status in (429, 503))
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    assert "connection" not in reply.json["detail"] or status == 503


@on_one_database
def test_redirects_are_not_turned_into_problems(client):
    reply = client.get("/")
    assert reply.status_code == 302
    assert client.get("/docs").status_code == 302


def test_an_unreachable_database_is_503_with_retry_after():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"postgresql://nobody@127.0.0.1:{probe.getsockname()[1]}/nothing"
        with running_app(url) as app:
            client = app.test_client()
            for path in ("/api/v1/posts", "/health/ready"):
                reply = client.get(path)
                assert_problem(reply, 503, "unavailable")
                assert reply.headers["Retry-After"].isdigit()
            login = client.post("/api/v1/auth/login", json={"username": "ada", "password": "x"})
            assert_problem(login, 503, "unavailable")
            assert client.get("/health/live").status_code == 200


def test_an_exhausted_connection_pool_is_503(database_url):
    app = make_app(database_url, DB_POOL_TIMEOUT="1")
    with app.app_context():
        held = db.engine.connect()
        replies = []
        thread = threading.Thread(target=lambda: replies.append(app.test_client().get("/api/v1/posts")))
        thread.start()
        thread.join()
        held.close()
        db.engine.dispose()
    assert_problem(replies[0], 503, "unavailable")
