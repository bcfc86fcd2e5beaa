"""Tokens of password resets: single use and expiry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.blueprints.conftest import PASSWORD
from tests.blueprints.password_reset.helpers import NEW, assert_rejected
from tests.cli.helpers import run_command


def test_a_token_works_once(token, confirm_reset):
    assert confirm_reset(token, NEW).status_code == 204
    assert_rejected(confirm_reset(token, NEW))


def test_a_reset_deletes_the_confirmations_of_the_account_once(token, confirm_reset, count_queries):
    with count_queries() as statements:
        assert confirm_reset(token, NEW).status_code == 204
    assert len([one for one in statements if one.startswith("DELETE FROM confirmations")]) == 1


@pytest.mark.parametrize(
    ("password", "code"), [("short", "length"), ("Ada\u200bAda", "length"), ("password1", "too_easy")]
)
def test_a_rejected_password_does_not_use_up_the_token(token, confirm_reset, password, code):
    reply = confirm_reset(token, password)
    assert [(f["pointer"], f["code"]) for f in reply.json["errors"]] == [("/new_password", code)]
    assert confirm_reset(token, NEW).status_code == 204


def test_a_forged_token_is_rejected_like_a_used_one(client, confirm_reset, ada):
    for given in ("x", "x" * 43, "A" * 100, "'", "🔑"):
        assert_rejected(confirm_reset(given, NEW))


def _by_owner(app, sql, send, log_in):
    change = {"current_password": PASSWORD, "new_password": "of the owner"}
    reply = send(log_in().json["access_token"], "PUT", "/auth/password", json=change)
    assert reply.status_code == 204


def _by_operator(app, sql, send, log_in):
    typed = "of the operator\n" * 2
    assert run_command(app, "set-password", "Ada", typed=typed).exit_code == 0


def _by_time(app, sql, send, log_in):
    sql("UPDATE confirmations SET expires_at = :now", now=datetime.now(UTC))


@pytest.mark.parametrize("event", [_by_owner, _by_operator, _by_time])
def test_a_token_is_invalid_after_a_password_change_or_an_hour(
    app, sql, token, send, log_in, confirm_reset, event
):
    event(app, sql, send, log_in)
    assert_rejected(confirm_reset(token, NEW))
    assert log_in(password=NEW).status_code == 401


def test_a_reset_invalidates_the_other_tokens_of_the_account(
    token, request_reset, deliver_mail, confirm_reset, sql
):
    sql("UPDATE confirmations SET created_at = :then", then=datetime.now(UTC) - timedelta(minutes=11))
    request_reset()
    (second,) = deliver_mail()
    assert confirm_reset(second.secret, NEW).status_code == 204
    assert_rejected(confirm_reset(token, "another one of them"))


@pytest.mark.parametrize("change", [{"email": "other@example.com"}, {"is_active": False}])
def test_a_token_is_invalid_once_the_account_is_disabled_or_changes_its_address(
    ada, people, token, confirm_reset, change
):
    admin = people("admin")
    assert admin.patch(f"/users/{ada['id']}", json=change).status_code == 200
    admin.patch(f"/users/{ada['id']}", json={"is_active": True, "email": "ada@example.com"})
    assert_rejected(confirm_reset(token, NEW))


def test_only_one_of_concurrent_confirmations_succeeds(people, token, concurrently, log_in):
    nobody = people()
    path = "/auth/password-reset/confirm"
    passwords = [f"password of thread {number}" for number in range(6)]
    replies = concurrently(
        [(nobody, "POST", path, {"token": token, "new_password": password}) for password in passwords]
    )
    assert sorted(reply.status_code for reply in replies) == [204, 422, 422, 422, 422, 422]
    logins = [log_in(password=password).status_code for password in passwords]
    assert [reply.status_code == 204 for reply in replies] == [status == 200 for status in logins]


def test_only_one_of_a_concurrent_reset_and_password_change_succeeds(
    ada, token, people, concurrently, log_in
):
    class Owner:
        headers = {"Authorization": f"Bearer {log_in().json['access_token']}"}

    change = {"current_password": PASSWORD, "new_password": "of the owner"}
    confirm = {"token": token, "new_password": NEW}
    statuses = [
        reply.status_code
        for reply in concurrently(
            [
                (people(), "POST", "/auth/password-reset/confirm", confirm),
                (Owner, "PUT", "/auth/password", change),
            ]
        )
    ]
    # The second request finds a changed password, a used token, or an ended session.
    assert statuses in ([204, 422], [422, 204], [204, 401])
    last = NEW if statuses[0] == 204 else "of the owner"
    assert log_in(password=last).status_code == 200
