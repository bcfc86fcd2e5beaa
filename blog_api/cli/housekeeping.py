"""Commands that delete expired and unused data, for use with a scheduler."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click
from flask import current_app

from blog_api.cli.failures import command
from blog_api.services import housekeeping, media

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Age(click.ParamType[timedelta]):
    """A number of days, hours or minutes, such as 30d, 12h or 5m."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Convert the age to a timedelta. Fails for an invalid age."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,5})([dhm])", value)
        if match is None:
            self.fail(
                f"{value!r} is not a valid age: use days, hours or minutes, such as 30d, 12h or 5m.",
                param,
                ctx,
            )
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@command("cleanup")
def cleanup() -> None:
    """Delete expired rows, old changes, addresses of guests after 90 days, and the remains of interrupted uploads."""
    for table, removed in housekeeping.remove_expired(current_app.config["CHANGES_DAYS"]).items():
        click.echo(f"Deleted {removed} expired rows from {table}.")
    click.echo(f"Erased the addresses of guests from {housekeeping.erase_guest_data()} comments.")
    deleted, is_complete = media.clean_up(current_app.extensions["media_store"])
    click.echo(f"Deleted {deleted} pictures whose upload or deletion was interrupted.")
    if not is_complete:
        raise click.ClickException(
            "Some pictures could not be deleted, because the media store is not available. Run cleanup again."
        )


@command("prune-tags")
@click.option("--older-than", type=Age(), default="1d", show_default=True, help="Minimum age of a tag.")
def prune_tags(older_than: timedelta) -> None:
    """Delete unused tags. Tags of posts in the trash count as used."""
    click.echo(f"Deleted {housekeeping.prune_tags(older_than)} unused tags.")


@command("prune-revisions")
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="Number of revisions per post to keep.",
)
def prune_revisions(keep: int) -> None:
    """Delete all but the newest revisions of each post. Those needed to find conflicts are kept, too."""
    click.echo(f"Deleted {housekeeping.prune_revisions(keep)} revisions.")


@command("purge-trash")
@click.option("--older-than", type=Age(), default="30d", show_default=True, help="Minimum time in the trash.")
def purge_trash(older_than: timedelta) -> None:
    """Permanently delete old posts in the trash."""
    click.echo(f"Permanently deleted {housekeeping.purge_trash(older_than)} posts.")
