"""Commands that manage accounts."""

from __future__ import annotations

import click

from blog_api.cli.failures import command, load_input
from blog_api.crud import users as crud
from blog_api.database.session import transaction
from blog_api.models.users import User
from blog_api.policies.viewers import ROLES
from blog_api.schemas import users as schemas
from blog_api.services import accounts, sessions

_username = click.option("--username", prompt=True)
_email = click.option("--email", prompt=True)
_password = click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)


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


def _find(name: str) -> User:
    user = crud.find_user(name)
    if user is None:
        raise click.ClickException(f"User {name!r} not found.")
    if user.erased_at is not None:
        raise click.ClickException(f"The account of {name!r} was erased. It cannot be changed.")
    return user
