"""The commands that manage accounts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from blog_api.database.session import db, reading
from blog_api.models.users import User
from blog_api.schemas.users import USERNAME_MESSAGE

PASSWORD = "correct horse battery"
ADA = ("--username", "ada", "--email", "ada@example.com", "--password", PASSWORD)


@pytest.fixture
def log_in(client):
    """Log in and return the response."""
    return lambda name="ada", password=PASSWORD: client.post(
        "/api/v1/auth/login", json={"username": name, "password": password}
    )


def usernames(app):
    with app.app_context(), reading():
        return set(db.session.execute(select(User.username)).scalars())


def role_of(client, log_in):
    token = log_in().json["access_token"]
    return client.get("/api/v1/users/me", headers={"Authorization": f"Bearer {token}"}).json["role"]


def test_create_admin_creates_an_admin_who_can_log_in(command, client, log_in):
    result = command("create-admin", *ADA)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("Created admin ada with id ")
    assert role_of(client, log_in) == "admin"


def test_create_admin_prompts_for_values_and_hides_the_password(command, client, log_in):
    result = command("create-admin", typed=f"ada\nada@example.com\n{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    for question in ("Username:", "Email:", "Password:", "Repeat for confirmation:"):
        assert question in result.output
    assert PASSWORD not in result.output
    assert role_of(client, log_in) == "admin"


def test_create_admin_prompts_only_for_missing_values(command):
    result = command("create-admin", *ADA[:4], typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert "Username" not in result.output


def test_mismatched_passwords_are_prompted_for_again(command, log_in):
    result = command("create-admin", *ADA[:4], typed=f"{PASSWORD}\nother\n{PASSWORD}\n{PASSWORD}\n")
    assert "do not match" in result.output
    assert result.exit_code == 0
    assert log_in().status_code == 200


def test_the_command_aborts_without_input(command, app):
    result = command("create-admin", typed="")
    assert result.exit_code == 1
    assert "Aborted!" in result.stderr
    assert usernames(app) == set()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--username", "a", "username: This must have at least 3 characters."),
        ("--username", "a b c", f"username: {USERNAME_MESSAGE}"),
        ("--username", "12345", f"username: {USERNAME_MESSAGE}"),
        ("--email", "nobody", "email: This is not a valid email address."),
        ("--password", "short", "password: A password must have 8 to 1024 characters."),
        ("--password", "ada", "password: A password must have 8 to 1024 characters."),
        ("--username", "correct.horse", "password: The password must not contain the username."),
    ],
)  # fmt: skip
def test_invalid_input_is_reported_with_the_field_name(command, app, option, value, message):
    options = ["--username", "ada", "--email", "ada@example.com", "--password", "Correct.Horse"]
    options[options.index(option) + 1] = value
    result = command("create-admin", *options)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"Error: {message}\n")
    assert usernames(app) == set()


def test_all_invalid_fields_are_reported_together(command):
    result = command("create-user", "--username", "a", "--email", "b", "--password", "c")
    assert [line.partition(":")[0] for line in result.stderr.removeprefix("Error: ").splitlines()] == [
        "username", "email", "password",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("username", "email", "message"),
    [
        ("ADA", "other@example.com", "username: This username is taken."),
        ("other", "ADA@example.com", "email: This email address belongs to another account."),
    ],
)
def test_a_duplicate_username_or_address_is_rejected(command, app, username, email, message):
    command("create-admin", *ADA)
    result = command("create-admin", "--username", username, "--email", email, "--password", PASSWORD)
    assert (result.exit_code, result.stderr) == (1, f"Error: {message}\n")
    assert usernames(app) == {"ada"}


@pytest.mark.parametrize("role", ["reader", "contributor", "author", "editor", "admin"])
def test_create_user_sets_the_role(command, client, log_in, role):
    assert command("create-user", *ADA, "--role", role).exit_code == 0
    assert role_of(client, log_in) == role


def test_create_user_creates_an_author_by_default(command, client, log_in):
    assert command("create-user", *ADA).exit_code == 0
    assert role_of(client, log_in) == "author"


def test_an_unknown_role_is_a_usage_error(command, app):
    result = command("create-user", *ADA, "--role", "king")
    assert result.exit_code == 2
    assert "'king' is not one of 'reader', 'contributor', 'author', 'editor', 'admin'" in result.stderr
    assert usernames(app) == set()


@pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.com"])
def test_set_password_changes_the_password_and_ends_all_sessions(command, client, log_in, name):
    command("create-admin", *ADA)
    tokens = log_in().json
    result = command("set-password", name, "--password", "another horse")
    assert (result.exit_code, result.stdout) == (
        0,
        "Set the password of ada, ended its sessions and revoked its API tokens.\n",
    )
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get("/api/v1/users/me", headers=headers).status_code == 401
    headers = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    assert client.post("/api/v1/auth/refresh", headers=headers).status_code == 401
    assert log_in().status_code == 401
    assert log_in(password="another horse").status_code == 200


def test_set_password_prompts_twice_and_hides_the_password(command, log_in):
    command("create-admin", *ADA)
    result = command("set-password", "ada", typed="another horse\nanother horse\n")
    assert result.exit_code == 0
    assert "another" not in result.output
    assert log_in(password="another horse").status_code == 200


def test_set_password_lets_an_imported_author_log_in(command, log_in, tmp_path):
    (tmp_path / "a.md").write_text("---\ntitle: A\nauthor: ada\n---\n")
    assert command("import-markdown", str(tmp_path)).exit_code == 0
    assert log_in().status_code == 401
    assert command("set-password", "ada", "--password", PASSWORD).exit_code == 0
    assert log_in().status_code == 200


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("short", "password: A password must have 8 to 1024 characters."),
        ("x" * 1025, "password: A password must have 8 to 1024 characters."),
    ],
)
def test_set_password_rejects_an_invalid_password(command, log_in, password, message):
    command("create-admin", *ADA)
    result = command("set-password", "ada", "--password", password)
    assert (result.exit_code, result.stderr) == (1, f"Error: {message}\n")
    assert log_in().status_code == 200


def test_set_password_rejects_the_username(command, log_in):
    command("create-user", "--username", "ada.lovelace", *ADA[2:])
    result = command("set-password", "ada.lovelace", "--password", "Ada.Lovelace")
    assert result.exit_code == 1
    assert "must not contain the username" in result.stderr
    assert log_in("ada.lovelace").status_code == 200


@pytest.mark.parametrize(
    "arguments", [("set-password", "--password", PASSWORD), ("disable-user",), ("revoke-tokens",)]
)
@pytest.mark.parametrize("name", ["nobody", "nobody@example.com", "", "1", "Ада"])
def test_an_unknown_account_is_reported(command, arguments, name):
    result = command(arguments[0], name, *arguments[1:])
    assert (result.exit_code, result.stderr) == (1, f"Error: User {name!r} not found.\n")


@pytest.mark.parametrize(
    "arguments", [("set-password", "\udcff", "--password", PASSWORD), ("disable-user", "\udcff")]
)
def test_an_argument_that_is_not_utf8_is_rejected(command, arguments):
    result = command(*arguments)
    assert (result.exit_code, result.stderr) == (1, "Error: An argument is not valid UTF-8.\n")


def test_a_password_that_is_not_utf8_is_rejected(command, app):
    result = command("create-user", *ADA[:4], "--password", "correct horse \udcff")
    assert (result.exit_code, result.stderr) == (1, "Error: An argument is not valid UTF-8.\n")
    assert usernames(app) == set()


def test_revoke_tokens_ends_sessions_and_api_tokens_but_keeps_the_password(command, people, client, log_in):
    command("create-user", *ADA)
    headers = {"Authorization": f"Bearer {log_in().json['access_token']}"}
    created = client.post("/api/v1/auth/tokens", json={"name": "x", "scopes": ["write"]}, headers=headers)
    script = {"Authorization": f"Bearer {created.json['token']}"}
    bob = people()
    assert bob.post("/auth/tokens", json={"name": "x", "scopes": ["read"]}).status_code == 201
    assert client.get("/api/v1/users/me", headers=script).status_code == 200
    result = command("revoke-tokens", "ADA@example.com")
    assert (result.exit_code, result.stdout) == (0, "Ended all sessions and revoked all API tokens of ada.\n")
    for credentials in (headers, script):
        assert client.get("/api/v1/users/me", headers=credentials).status_code == 401
    assert log_in().status_code == 200
    assert len(bob.get("/auth/tokens").json["data"]) == 1


def test_disable_user_takes_effect_immediately_and_keeps_posts(command, people, client, log_in):
    command("create-user", *ADA)
    headers = {"Authorization": f"Bearer {log_in().json['access_token']}"}
    post = {"title": "Hello", "content": "", "status": "published"}
    assert client.post("/api/v1/posts", json=post, headers=headers).status_code == 201
    result = command("disable-user", "ADA")
    assert (result.exit_code, result.stdout) == (0, "Disabled ada.\n")
    assert client.get("/api/v1/users/me", headers=headers).status_code == 401
    assert log_in().status_code == 401
    assert len(client.get("/api/v1/posts").json["data"]) == 1


def test_disable_user_rejects_the_last_admin(command, log_in):
    command("create-admin", *ADA)
    result = command("disable-user", "ada")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: This is the last admin. Promote another user first.\n",
    )
    assert log_in().status_code == 200
    command("create-admin", "--username", "grace", "--email", "grace@example.com", "--password", PASSWORD)
    assert command("disable-user", "ada").exit_code == 0
    assert log_in().status_code == 401


def test_disable_user_is_idempotent(command):
    command("create-user", *ADA)
    assert [command("disable-user", "ada").exit_code for _ in range(2)] == [0, 0]
