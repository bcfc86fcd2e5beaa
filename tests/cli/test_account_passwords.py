"""How the commands for accounts get a password, and `list-users`."""

from __future__ import annotations

import pytest

PASSWORD = "correct horse battery"
ADA = ("--username", "ada", "--email", "ada@example.com")
COMMANDS = [("create-admin", *ADA), ("create-user", *ADA), ("set-password", "bob")]


@pytest.fixture
def log_in(client):
    """Log in and return the status."""
    return lambda name, password: (
        client.post("/api/v1/auth/login", json={"username": name, "password": password}).status_code
    )


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_script_passes_the_password_on_standard_input(command, people, log_in, arguments, end):
    people(username="bob")
    result = command(*arguments, "--password-stdin", typed=f"пароль {PASSWORD}{end}")
    assert (result.exit_code, result.stderr) == (0, "")
    assert PASSWORD not in result.output
    assert log_in("bob" if "bob" in arguments else "ada", f"пароль {PASSWORD}") == 200


def test_standard_input_must_be_one_line(command):
    result = command("create-admin", *ADA, "--password-stdin", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 2
    assert "--password-stdin reads one line, but there are several." in result.stderr


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("short", "password: A password must have 8 to 1024 characters."),
        ("ada-12345\n", "password: The password must not contain the username."),
        (b"pa\xdfwort gross", "Standard input is not valid UTF-8."),
    ],
)
def test_an_invalid_password_on_standard_input_is_reported(command, typed, message):
    result = command("create-admin", *ADA, "--password-stdin", typed=typed)
    assert (result.exit_code, result.stderr) == (1, f"Error: {message}\n")


def test_the_password_has_one_source(command):
    result = command("create-admin", *ADA, "--password-stdin", "--password", PASSWORD, typed=PASSWORD)
    assert result.exit_code == 2
    assert "cannot be used together" in result.stderr


def test_list_users_shows_role_state_and_address(command, people, sql, tmp_path):
    (tmp_path / "a.md").write_text("---\ntitle: A\nauthor: Zoe\n---\n")
    assert command("import-markdown", str(tmp_path)).exit_code == 0
    people("admin", username="Root")
    people("editor", username="ada")
    command("disable-user", "ada")
    sql("UPDATE users SET created_at = '2026-01-31 12:00:00'")
    result = command("list-users")
    assert (result.exit_code, result.stderr) == (0, "")
    header, *rows = [line.split() for line in result.stdout.splitlines()]
    assert header == ["id", "username", "role", "state", "created", "email"]
    assert [row[1:] for row in rows] == [
        ["ada", "editor", "disabled", "2026-01-31", "ada@example.com"],
        ["Root", "admin", "active", "2026-01-31", "Root@example.com"],
        ["Zoe", "author", "no", "password", "2026-01-31", "-"],
    ]
    admins = command("list-users", "--role", "admin").stdout.splitlines()
    assert [line.split()[1] for line in admins] == ["username", "Root"]


def test_list_users_shows_erased_accounts(command, people):
    ada = people(username="ada")
    assert ada.delete(f"/users/{ada.id}?anonymise=true").status_code == 204
    assert command("list-users").stdout.splitlines()[1].split()[3] == "erased"


def test_list_users_without_accounts_prints_the_header(command):
    assert command("list-users").stdout.split() == ["id", "username", "role", "state", "created", "email"]
