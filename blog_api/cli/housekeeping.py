"""Commands that remove what nobody needs any more; made to be run by a scheduler."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

from blog_api.cli.failures import command
from blog_api.services import housekeeping

_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Age(click.ParamType[timedelta]):
    """A length of time: a number of days, hours or minutes, such as 30d, 12h or 5m."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The age as a timedelta; fails, as click does, for what is none."""
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"([0-9]{1,5})([dhm])", value)
        if match is None:
            self.fail(f"{value!r} is not an age such as 30d, 12h or 5m.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


@command("cleanup")
def cleanup() -> None:
    """Remove what has expired: sessions, and whatever else is kept for a time only."""
    for table, removed in housekeeping.remove_expired().items():
        click.echo(f"Removed {removed} expired rows of {table}.")


@command("prune-tags")
@click.option("--older-than", type=Age(), default="1d", show_default=True, help="Keep those made since then.")
def prune_tags(older_than: timedelta) -> None:
    """Remove the tags that are on no post, not even on one in the trash."""
    click.echo(f"Removed {housekeeping.prune_tags(older_than)} unused tags.")


@command("purge-trash")
@click.option(
    "--older-than", type=Age(), default="30d", show_default=True, help="Keep those deleted since then."
)
def purge_trash(older_than: timedelta) -> None:
    """Remove for ever the posts that have been in the trash for so long."""
    click.echo(f"Removed {housekeeping.purge_trash(older_than)} posts from the trash.")
