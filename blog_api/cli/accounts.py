"""Commands that manage accounts."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

import click

from blog_api.cli.failures import command, load_input
from blog_api.crud import users as crud
from blog_api.database.session import reading, transaction
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow
from blog_api.policies.viewers import ROLES
from blog_api.schemas import users as schemas
from blog_api.services import accounts, sessions

_username = click.option("--username", prompt=True)
_email = click.option("--email", prompt=True)


_password_option = click.option(
    "--password", help="Visible to other users in ps and in the shell history: prefer --password-stdin."
)
_password_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input, for scripts."
)


def _password(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options --password and --password-stdin. Without them, the command prompts for the password."""

    @functools.wraps(function)
    def with_password(*args: str, password: str | None, password_stdin: bool, **kwargs: str) -> None:
        if password is not None and password_stdin:
            raise click.UsageError("--password and --password-stdin cannot be used together.")
        if password_stdin:
            password = _read_password()
        elif password is None:
            password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
        function(*args, password=password, **kwargs)

    return _password_option(_password_stdin_option(with_password))


def _read_password() -> str:
    """Return the only line of standard input, without its line break."""
    try:
        text = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise click.ClickException("Standard input is not valid UTF-8.") from None
    line = text.removesuffix("\n").removesuffix("\r")
    if "\n" in line:
        raise click.UsageError("--password-stdin reads one line, but there are several.")
    return line


def _create(username: str, email: str, password: str, role: str) -> None:
    data = {"username": username, "email": email, "password": password}
    data = load_input(schemas.Registration(), data)
    with transaction():
        user = accounts.register(data, role)
    click.echo(f"Created {role} {user.username} with id {user.id}.")


@command("create-admin")
@_username
@_email
@_password
def create_admin(username: str, email: str, password: str) -> None:
    """Create an admin account. Prompts for missing values."""
    _create(username, email, password, "admin")


@command("create-user")
@_username
@_email
@_password
@click.option("--role", type=click.Choice(ROLES), default="author", show_default=True)
def create_user(username: str, email: str, password: str, role: str) -> None:
    """Create an account. Prompts for missing values."""
    _create(username, email, password, role)


@command("set-password")
@click.argument("username")
@_password
def set_password(username: str, password: str) -> None:
    """Set the password of an account. Ends its sessions and revokes its API tokens.

    USERNAME can also be an email address.
    """
    load_input(schemas.NewPassword(), {"password": password})
    with transaction():
        user = _find(username)
        user_id, name = user.id, user.username
        accounts.set_password(user_id, name, password)
    click.echo(f"Set the password of {name}, ended its sessions and revoked its API tokens.")


@command("set-email")
@click.argument("username")
@_email
def set_email(username: str, email: str) -> None:
    """Change the email address of an account. Notifies the old address.

    USERNAME can also be the current email address.
    """
    data = load_input(schemas.Profile(partial=True), {"email": email})
    with transaction():
        user = _find(username)
        accounts.change_account(user, data)
        name = user.username
    click.echo(f"Changed the email address of {name} to {data['email']}.")


@command("disable-user")
@click.argument("username")
def disable_user(username: str) -> None:
    """Disable an account immediately. Its posts are kept.

    USERNAME can also be an email address.
    """
    with transaction():
        user = _find(username)
        accounts.change_account(user, {"is_active": False})
    click.echo(f"Disabled {user.username}.")


@command("revoke-tokens")
@click.argument("username")
def revoke_tokens(username: str) -> None:
    """End all sessions and API tokens of an account. The password is not changed.

    USERNAME can also be an email address.
    """
    with transaction():
        user = _find(username)
        sessions.revoke_access(user.id)
    click.echo(f"Ended all sessions and revoked all API tokens of {user.username}.")


@command("list-users")
@click.option("--role", type=click.Choice(ROLES), help="List only accounts with this role.")
def list_users(role: str | None) -> None:
    """List accounts by username, with their email addresses.

    Accounts without a password, such as imported authors, cannot log in.
    """
    with reading():
        rows = [
            (str(row.id), row.username, row.role, _state(row), f"{row.created_at:%Y-%m-%d}", row.email or "-")
            for row in crud.list_accounts(role)
        ]
    table = [("id", "username", "role", "state", "created", "email"), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _state(row: AnyRow) -> str:
    if row.erased_at is not None:
        return "erased"
    if not row.is_active:
        return "disabled"
    return "active" if row.has_password else "no password"


def _find(name: str) -> User:
    user = crud.find_user(name)
    if user is None:
        raise click.ClickException(f"User {name!r} not found.")
    if user.erased_at is not None:
        raise click.ClickException(f"The account of {name!r} was erased. It cannot be changed.")
    return user
