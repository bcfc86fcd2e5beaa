"""Accounts and sessions without HTTP."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from blog_api.api.errors import problem_from
from blog_api.auth.tokens import decode_token
from blog_api.crud.users import get_user
from blog_api.database.session import db, reading, transaction
from blog_api.models.sessions import LoginSession
from blog_api.models.users import User
from blog_api.policies.viewers import Viewer
from blog_api.problems import InvalidInput, Unauthorized
from blog_api.security import passwords
from blog_api.services import accounts, sessions
from tests.services.helpers import count

PASSWORD = "correct horse battery"
DEVICE = {"user_agent": "tests", "ip_address": "127.0.0.1"}


@pytest.fixture
def ada(app):
    """The id of Ada's account, within an app context."""
    with app.app_context():
        with transaction():
            data = {"username": "Ada", "email": "ada@example.com", "password": PASSWORD}
            user_id = accounts.register(data, "author").id
        yield user_id


def log_in(name="ada", password=PASSWORD):
    with transaction():
        return sessions.log_in(name, password, **DEVICE)


def stored(column):
    with reading():
        return list(db.session.execute(select(column)).scalars())


def test_registration_stores_a_hash_and_the_role(ada):
    (password_hash,) = stored(User.password_hash)
    assert password_hash.startswith("$argon2id$")
    assert (stored(User.role), stored(User.display_name)) == (["author"], ["Ada"])


@pytest.mark.parametrize(
    ("username", "email", "pointer"),
    [("ADA", "other@example.com", "/username"), ("other", "ADA@example.com", "/email")],
)
def test_a_duplicate_name_or_address_is_identified_by_its_constraint(ada, username, email, pointer):
    data = {"username": username, "email": email, "password": PASSWORD}
    with pytest.raises(IntegrityError) as failure, transaction():
        accounts.register(data, "author")
    assert [fault.pointer for fault in problem_from(failure.value).faults] == [pointer]


def test_a_password_equal_to_the_username_is_rejected(ada):
    data = {"username": "Grace.Hopper", "email": "grace@example.com", "password": "grace.hopper"}
    with pytest.raises(InvalidInput) as failure, transaction():
        accounts.register(data, "author")
    assert [fault.pointer for fault in failure.value.faults] == ["/password"]
    assert stored(User.username) == ["Ada"]


def test_a_login_stores_its_device_and_the_current_refresh_token(ada):
    tokens = log_in()
    with reading():
        session = db.session.execute(select(LoginSession.__table__)).one()
    claims = decode_token(tokens["refresh_token"], "refresh")
    assert (session.user_id, session.user_agent, session.address) == (ada, "tests", "127.0.0.1")
    assert (claims["sid"], claims["jti"], claims["sub"]) == (session.id, session.refresh_jti, str(ada))


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "wrong"), ("nobody", PASSWORD), ("", ""), ("ada", "")]
)
def test_a_failed_login_stores_nothing(ada, name, password):
    with pytest.raises(Unauthorized, match="The username or password is wrong"):
        log_in(name, password)
    assert stored(LoginSession.id) == []


def test_an_account_without_a_password_cannot_log_in(ada):
    with transaction():
        get_user(ada).password_hash = None
    for password in ("", "None", PASSWORD):
        with pytest.raises(Unauthorized):
            log_in(password=password)


def test_reusing_a_refresh_token_after_its_successor_ends_the_session(ada):
    spent = decode_token(log_in()["refresh_token"], "refresh")
    with transaction():
        used = decode_token(sessions.refresh(spent)["refresh_token"], "refresh")
    with transaction():
        fresh = decode_token(sessions.refresh(used)["refresh_token"], "refresh")
    assert stored(LoginSession.refresh_jti) == [fresh["jti"]] != [used["jti"]]
    # The error is raised after the commit, which ends the session.
    with pytest.raises(Unauthorized, match="already used"), transaction():
        sessions.refresh(spent)
    assert stored(LoginSession.id) == []
    with pytest.raises(Unauthorized, match="has ended"), transaction():
        sessions.refresh(fresh)


def test_a_new_password_ends_all_sessions_except_the_current_one(ada, app):
    log_in()
    kept = decode_token(log_in()["access_token"], "access")["sid"]
    with transaction():
        accounts.change_password(Viewer(ada, "Ada", "author", kept), PASSWORD, "another horse")
    assert stored(LoginSession.id) == [kept]
    with transaction():
        accounts.set_password(ada, "Ada", "a third horse")
    assert count(app, LoginSession.id) == 0
    assert log_in(password="a third horse")


def test_a_concurrently_set_password_is_not_overwritten(ada, app, monkeypatch):
    session = decode_token(log_in()["access_token"], "access")["sid"]
    verify = passwords.verify_password

    def verify_late(stored_hash, password):
        right = verify(stored_hash, password)
        with app.app_context(), transaction():
            accounts.set_password(ada, "Ada", "of the operator")
        return right

    monkeypatch.setattr(passwords, "verify_password", verify_late)
    with pytest.raises(Unauthorized), transaction():
        accounts.change_password(Viewer(ada, "Ada", "author", session), PASSWORD, "of the thief")
    monkeypatch.undo()
    assert log_in(password="of the operator")


def test_an_account_keeps_its_latest_fifty_sessions(ada, app, monkeypatch):
    monkeypatch.setattr(passwords, "verify_password", lambda stored_hash, password: True)
    newest = [decode_token(log_in()["access_token"], "access")["sid"] for _ in range(52)][-50:]
    assert sorted(stored(LoginSession.id)) == newest


def test_only_disabling_an_active_account_ends_its_sessions(ada, count_queries):
    def update(**changes):
        with count_queries() as statements, transaction():
            accounts.change_account(get_user(ada), changes)
        return [statement for statement in statements if "sessions" in statement]

    assert len(update(is_active=False)) == 1
    assert update(is_active=False, bio="Gone.") == []
    assert update(is_active=True) == []
