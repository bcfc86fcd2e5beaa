"""Names and passwords."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import count

from werkzeug.test import TestResponse

from tests.inputs.cases import Outcome, World, case, members

NUMBER = count(1)
UNUSUAL = ["pass\0word", "  spaces around  ", "пароль пароль", "🔑" * 8, "é" * 8, "e\u0301" * 8,
           "a\nb\tc\rdefg", "\u200b\u202epassword",
           "x" * 64, "x" * 1024, "🔑" * 1024]  # fmt: skip


def register(world: World, **fields: object) -> TestResponse:
    number = next(NUMBER)
    account = {
        "username": f"person{number}",
        "email": f"person{number}@example.com",
        "password": "correct horse battery",
    }
    return world.client.post("/api/v1/auth/register", json=account | fields)


def log_in(world: World, username: str, password: str) -> TestResponse:
    return world.client.post("/api/v1/auth/login", json={"username": username, "password": password})


@case("Username that differs from another only in case or surrounding space")
def _taken_username(world: World) -> Iterator[Outcome]:
    for name in ("ADA", "Ada", " ada", "ada ", "ada\u3000"):
        yield "/username", register(world, username=name)
        yield "/username", world.admin.patch("/users/me", json={"username": name})


@case("Username with characters other than `A-Z a-z 0-9 _ . -`, or of digits only")
def _invalid_username(world: World) -> Iterator[Outcome]:
    for name in (
        "аda",
        "ａｄａ",
        "ad\u00e1",
        "ada\u0301",
        "a da",
        "ada\u200b",
        "ada/b",
        "ada@b",
        "12345",
        "ıda",
    ):
        yield "/username", register(world, username=name)
        yield "/username", world.admin.patch("/users/me", json={"username": name})


@case("Email address that differs from another only in case, width or surrounding space")
def _address(world: World) -> Iterator[Outcome]:
    assert register(world, email="zoë@example.com").status_code == 201
    for address in ("ZOË@example.com", "ｚoë@example.com", "zoë@EXAMPLE.com", " zoë@example.com"):
        yield "/email", register(world, email=address)


@case("Malformed email address, or one with an invalid domain (IP address, invisible characters)")
def _invalid_address(world: World) -> Iterator[Outcome]:
    for address in ("ada", "ada@", "@example.com", "ada@@example.com", "a b@example.com", "ada@example",
                    "ada@exa mple.com", "zoe\u0308@example.com",
                    "ada@example.com, eve@example.com", "Ada <ada@example.com>", "ada@[127.0.0.1]",
                    "ada@ex\u00adample.com", "ada@\u200bexample.com", "ada@☃.example"):  # fmt: skip
        yield "/email", register(world, email=address)


@case("Email address with more than 64 bytes before the `@`")
def _long_name(world: World) -> Iterator[Outcome]:
    for name in ("a" * 65, "é" * 33, f"a.{'b' * 63}", f'"{"a" * 63}"'):
        yield "/email", register(world, email=f"{name}@example.com")


@case("Password of 8 to 1,024 characters of any kind: NUL, surrounding spaces, line breaks, any script")
def _password(world: World) -> Iterator[Outcome]:
    for password in UNUSUAL:
        made = register(world, password=password)
        yield None, made
        assert log_in(world, members(made)["username"], password).status_code == 200
        for other in (
            unicodedata.normalize("NFD", password),
            password.strip(),
            password.upper(),
            password[:-1],
        ):
            if other != password:
                assert log_in(world, members(made)["username"], other).status_code == 401


@case("New password of 7 or 1,025 characters, or of 5 MB")
def _length(world: World) -> Iterator[Outcome]:
    for password in ("x" * 7, "🔑" * 7, "x" * 1025, "🔑" * 1025, "x" * 5_000_000):
        yield "/password", register(world, password=password)
        body = {"current_password": "correct horse battery", "new_password": password}
        yield "/new_password", world.admin.put("/auth/password", json=body)


@case("Login with a password of 5 MB")
def _login(world: World) -> Iterator[Outcome]:
    yield "/password", log_in(world, "ada", "x" * 5_000_000)


@case("Blank password, a common one, or one that contains the username in any case")
def _guessed(world: World) -> Iterator[Outcome]:
    yield "/password", register(world, password=" " * 8)
    yield "/password", register(world, password="\u200b" * 20)
    yield "/password", register(world, username="somebody", password="SomeBody")
    yield "/password", register(world, username="bob", password="12345bOb")
    yield "/password", register(world, password="Password1")


@case("Invalid token from a mail, with any characters")
def _invalid_token(world: World) -> Iterator[Outcome]:
    for token in ("x", "x" * 43, "x" * 100, "%", "' OR ''='", "🔑", "../..", "null"):
        confirmed = {"token": token, "new_password": "correct horse battery"}
        yield "/token", world.client.post("/api/v1/auth/password-reset/confirm", json=confirmed)
        yield "/token", world.client.post("/api/v1/auth/email/confirm", json={"token": token})


@case("Request for a password reset, whether or not the address has an account")
def _lost_password(world: World) -> Iterator[Outcome]:
    for email in ("ada@example.com", "ADA@EXAMPLE.COM", "nobody@example.com", "zoë@bücher.example"):
        yield None, world.client.post("/api/v1/auth/password-reset", json={"email": email})


@case("Login with an unknown name or a wrong password, with any characters")
def _wrong(world: World) -> Iterator[Outcome]:
    for name in ("nobody", "%", "ada' --", "a" * 254, "🔑", "ada@example", "١"):
        yield None, log_in(world, name, "correct horse battery")
    for password in ("\0", " ", "%", "x" * 1024):
        yield None, log_in(world, "ada", password)
