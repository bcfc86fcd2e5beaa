"""Limits on failed logins by account, network and name, and logins that they do not affect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog_api.database.columns import utcnow
from blog_api.database.session import transaction
from blog_api.models.logins import LoginAddress, LoginFailures
from blog_api.security import passwords
from blog_api.security.networks import network_of
from tests.apps import disconnect, make_app
from tests.blueprints.conftest import PASSWORD
from tests.blueprints.logins.helpers import AWAY, HOME, OTHER, assert_rejected, fail, log_in


@pytest.mark.parametrize("name", ["ada", "nobody", "no name at all"])
def test_after_ten_failures_even_the_right_password_gets_429_with_retry_after(attempt, name):
    fail(attempt, 10, name)
    assert_rejected(attempt(name))
    assert_rejected(attempt(name, PASSWORD))


def test_a_rejected_login_does_not_extend_the_wait(app, attempt):
    fail(attempt, 10)
    for _ in range(5):
        assert_rejected(attempt())
    with app.app_context(), transaction() as session:
        session.execute(update(LoginFailures).values(expires_at=utcnow() - timedelta(seconds=1)))
    assert log_in(attempt) == 200


def test_all_spellings_of_a_name_and_the_email_address_share_one_limit(attempt):
    names = ["ada", "ADA", "ａｄａ", " ada ", "ada@example.com", "ADA@Example.com"]
    fail(attempt, 4)
    for name in names:
        fail(attempt, 1, name)
    assert_rejected(attempt())


def test_an_address_is_limited_to_ten_failures_across_all_accounts(attempt):
    for number in range(10):
        fail(attempt, 1, f"somebody{number}")
    assert_rejected(attempt("one.more"))
    assert_rejected(attempt("ada", PASSWORD))
    assert log_in(attempt, address=HOME) == 200


def test_an_account_is_limited_to_ten_failures_from_all_unknown_addresses(attempt):
    for number in range(10):
        fail(attempt, 1, address=f"198.51.100.{number}")
    assert_rejected(attempt(address=OTHER))
    assert_rejected(attempt(password=PASSWORD, address=OTHER))
    assert log_in(attempt, "grace", OTHER) == 200


@pytest.mark.parametrize("email", ["ada@example.com", "grace@example.com", "nobody@example.com"])
def test_the_limit_does_not_reveal_which_account_has_an_email_address(attempt, email):
    for number in range(10):
        fail(attempt, 1, "ada", f"198.51.100.{number}")
    assert_rejected(attempt("ada", address=OTHER))
    # Each from its own network, which has no failures yet.
    for number in range(10):
        fail(attempt, 1, email, f"203.0.113.{number}")
    assert_rejected(attempt(email, address="192.0.2.200"))


def test_username_and_email_address_share_the_guesses_of_an_account(attempt):
    for number in range(5):
        for name in ("ada", "ada@example.com"):
            fail(attempt, 1, name, f"198.51.100.{number}")
    for name in ("ada", "ada@example.com"):
        reply = attempt(name, PASSWORD, OTHER)
        assert (reply.status_code, reply.json["detail"]) == (401, "The username or password is wrong.")


def test_failures_elsewhere_do_not_lock_users_out_of_a_known_network(attempt):
    assert log_in(attempt, address=HOME) == 200
    for number in range(10):
        fail(attempt, 1, address=f"198.51.100.{number}")
    assert_rejected(attempt(password=PASSWORD, address=OTHER))
    assert log_in(attempt, address=HOME) == 200
    for number in range(10):
        fail(attempt, 1, f"somebody{number}", HOME)
    assert_rejected(attempt("grace", PASSWORD, HOME))
    assert log_in(attempt, address=HOME) == 200


def test_a_known_network_is_also_limited_to_ten_failures(attempt):
    assert log_in(attempt, address=HOME) == 200
    fail(attempt, 10, address=HOME)
    assert_rejected(attempt(password=PASSWORD, address=HOME))
    assert log_in(attempt, "grace", AWAY) == 200


def test_a_known_network_expires(app, attempt, accounts):
    assert log_in(attempt, address=HOME) == 200
    with app.app_context(), transaction() as session:
        session.execute(update(LoginAddress).values(expires_at=utcnow()))
    for number in range(10):
        fail(attempt, 1, address=f"198.51.100.{number}")
    assert_rejected(attempt(password=PASSWORD, address=HOME))


def test_a_successful_login_clears_only_its_own_failures(attempt):
    fail(attempt, 8)
    assert log_in(attempt) == 200
    fail(attempt, 2, "grace")
    assert_rejected(attempt("grace"))
    fail(attempt, 10)
    assert_rejected(attempt())


def test_successful_logins_are_not_limited(attempt):
    assert {log_in(attempt) for _ in range(25)} == {200}


def test_ipv6_addresses_of_one_64_prefix_share_a_limit(attempt):
    for number in range(10):
        fail(attempt, 1, f"somebody{number}", f"2001:db8:0:1:{number}::1")
    assert_rejected(attempt("grace", PASSWORD, "2001:db8:0:1:ffff::2"))
    assert log_in(attempt, "grace", "2001:db8:0:2::1") == 200
    fail(attempt, 10, address="::ffff:192.0.2.1")
    assert_rejected(attempt(address=HOME))


@pytest.mark.parametrize("address", ["192.0.2.1:4711", "[::ffff:192.0.2.1]:80", "::ffff:192.0.2.1"])
def test_the_port_of_an_address_is_ignored(address):
    assert network_of(address) == network_of("192.0.2.1") == "192.0.2.1"


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {"X-Forwarded-For": OTHER, "X-Real-IP": OTHER, "Forwarded": f"for={OTHER}", "Client-IP": OTHER}},
        {"headers": {"User-Agent": "other", "X-Request-ID": "other"}},
        {"query_string": {"a": "1"}},
    ],
    ids=["forwarded", "agent", "query"],
)  # fmt: skip
def test_headers_and_query_parameters_do_not_bypass_the_limit(attempt, options):
    fail(attempt, 10)
    assert attempt(password=PASSWORD, **options).status_code in (422, 429)


def test_a_login_with_unknown_fields_is_rejected_without_an_attempt(attempt, make_client):
    body = {"username": "ada", "password": PASSWORD, "extra": "1"}
    assert make_client(RATELIMIT_ENABLED="true").post("/api/v1/auth/login", json=body).status_code == 422


def test_at_most_ten_concurrent_guesses_are_compared(accounts, database_url, monkeypatch):
    compared = []

    def compare(_stored, password):
        compared.append(password)
        return False

    monkeypatch.setattr(passwords, "verify_password", compare)
    other = make_app(database_url, RATELIMIT_ENABLED="true", DB_POOL_SIZE="30")

    def guess(number):
        body = {"username": "ada", "password": f"guess {number}"}
        return other.test_client().post("/api/v1/auth/login", json=body).status_code

    with ThreadPoolExecutor(24) as threads:
        statuses = sorted(threads.map(guess, range(24)))
    disconnect(other)
    assert statuses == [401] * 10 + [429] * 14
    assert len(compared) == 10


def test_a_login_rejected_under_load_does_not_count_as_a_failure(attempt, monkeypatch):
    compare = passwords.verify_password
    monkeypatch.undo()
    monkeypatch.setattr(passwords, "HASHING_TIMEOUT", 0.01)
    with passwords._hashing_slot(), passwords._hashing_slot():
        for _ in range(12):
            reply = attempt()
            assert (reply.status_code, "Retry-After" in reply.headers) == (503, True)
    monkeypatch.setattr(passwords, "verify_password", compare)
    fail(attempt, 10)
    assert_rejected(attempt())


def test_a_reset_counter_starts_a_new_window_at_the_next_failure(app, attempt):
    assert log_in(attempt) == 200
    with app.app_context(), transaction() as session:
        assert set(session.scalars(select(LoginFailures.failures))) == {0}
        session.execute(update(LoginFailures).values(expires_at=utcnow() + timedelta(seconds=5)))
    fail(attempt, 10)
    reply = attempt()
    assert_rejected(reply)
    assert int(reply.headers["Retry-After"]) > 800


def test_a_known_network_is_renewed_once_a_day(app, attempt, count_queries, monkeypatch):
    monkeypatch.setitem(app.config, "RATELIMIT_ENABLED", True)

    def ask():
        with count_queries() as statements:
            login = {"username": "ada", "password": PASSWORD}
            assert app.test_client().post("/api/v1/auth/login", json=login).status_code == 200
        return len(statements)

    assert [ask(), ask()] == [8, 7]
    with app.app_context(), transaction() as session:
        until = session.scalars(select(LoginAddress.expires_at)).one()
        assert timedelta(days=90) < until - utcnow() <= timedelta(days=91)
        session.execute(update(LoginAddress).values(expires_at=utcnow() + timedelta(days=90)))
    assert ask() == 8
