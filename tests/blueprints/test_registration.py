"""Registration of accounts."""

from __future__ import annotations

import pytest

from tests.blueprints.conftest import ADA, PASSWORD


def test_a_registration_returns_the_account_and_its_location(client, log_in):
    reply = client.post("/api/v1/auth/register", json=ADA | {"display_name": " Ада "})
    assert reply.status_code == 201
    assert reply.headers["Location"] == f"/api/v1/users/{reply.json['id']}"
    assert reply.headers["ETag"]
    shown = {name: reply.json[name] for name in ("username", "email", "display_name", "role", "is_active")}
    assert shown == {
        "username": "Ada", "email": "Ada@Example.com", "display_name": "Ада", "role": "author", "is_active": True
    }  # fmt: skip
    assert "password" not in reply.text
    # Strangers see only people with a published post.
    token = log_in().json["access_token"]
    read = client.get(reply.headers["Location"], headers={"Authorization": f"Bearer {token}"})
    assert read.json["username"] == "Ada"


def test_the_display_name_defaults_to_the_username(ada):
    assert ada["display_name"] == "Ada"


def test_a_closed_registration_has_its_own_problem_type(make_client):
    reply = make_client(REGISTRATION_OPEN="false").post("/api/v1/auth/register", json=ADA)
    assert (reply.status_code, reply.json["type"]) == (403, "/problems/registration-closed")


def test_a_new_account_gets_the_default_role(make_client):
    reply = make_client(DEFAULT_ROLE="reader").post("/api/v1/auth/register", json=ADA)
    assert reply.json["role"] == "reader"


@pytest.mark.parametrize(
    ("field", "value"), [("username", "aDA"), ("email", "ADA@example.COM"), ("email", "ａda@example.com")]
)
def test_a_taken_name_or_address_is_a_conflict_whatever_its_case_or_width(ada, client, field, value):
    other = {"username": "grace", "email": "grace@example.com", "password": PASSWORD}
    reply = client.post("/api/v1/auth/register", json=other | {field: value})
    if value.isascii():
        assert reply.status_code == 409
        (fault,) = reply.json["errors"]
        assert (fault["pointer"], fault["code"]) == (f"/{field}", "taken")
    else:
        # Either an invalid address or the same one, but never a second account.
        assert reply.status_code in (409, 422)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("username", "ab", "too_short"),
        ("username", "a" * 51, "too_long"),
        ("username", "12345", "malformed"),
        ("username", "a b c", "malformed"),
        ("username", "ada@home", "malformed"),
        ("username", "аda", "malformed"),
        ("username", None, "null"),
        ("username", 7, "wrong_type"),
        ("email", "nobody", "malformed"),
        ("email", "a" * 250 + "@example.com", "too_long"),
        ("email", None, "null"),
        ("password", "1234567", "length"),
        ("password", "x" * 1025, "length"),
        ("password", ["correct horse"], "wrong_type"),
        ("password", "ADA", "length"),
        ("password", "password", "too_easy"),
        ("password", "QWERTY123", "too_easy"),
        ("display_name", "\u200b", "blank"),
        ("display_name", "a\nb", "control_character"),
        ("role", "admin", "unknown"),
        ("is_active", True, "unknown"),
    ],
)
def test_an_invalid_field_of_a_registration_is_reported(client, field, value, code):
    reply = client.post("/api/v1/auth/register", json=ADA | {field: value})
    assert reply.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in reply.json["errors"]] == [(f"/{field}", code)]


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("adalovelace", "AdaLovelace"),
        ("bob", "bob12345"),
        ("bob", "12345BOB"),
        ("bob", "my name is Bob!"),
        ("bob", "\uff42\uff4f\uff4212345"),
        ("b.o-b", "xxB.O-Bxxxxx"),
    ],
)
def test_the_password_cannot_contain_the_username(client, username, password):
    reply = client.post("/api/v1/auth/register", json=ADA | {"username": username, "password": password})
    assert reply.status_code == 422
    assert reply.json["errors"] == [
        {"detail": "The password must not contain the username.", "code": "too_easy", "pointer": "/password"}
    ]


def test_a_new_password_cannot_contain_the_username(people):
    ada = people(username="ada")
    body = {"current_password": "correct horse battery", "new_password": "ADA-12345678"}
    reply = ada.put("/auth/password", json=body)
    assert (reply.status_code, reply.json["errors"][0]["pointer"]) == (422, "/new_password")


def test_a_password_is_neither_trimmed_nor_normalized(client, log_in):
    odd = " \tпароль 🔑\u0000\u200b "
    assert client.post("/api/v1/auth/register", json=ADA | {"password": odd}).status_code == 201
    assert log_in(password=odd).status_code == 200
    assert log_in(password=odd.strip()).status_code == 401


@pytest.mark.parametrize("password", [" " * 8, "\u200b" * 8, "\0" * 8])
def test_a_blank_password_is_rejected(client, password):
    account = {"username": "ada", "email": "ada@example.com", "password": password}
    reply = client.post("/api/v1/auth/register", json=account)
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "blank")
