"""The command that compares the database with the media store."""

from __future__ import annotations

from collections import Counter

import click
from flask import current_app

from blog_api.cli.failures import command
from blog_api.services.media_checks import compare

_ADVICE = {
    "lost": "restore the objects from a backup of the store",
    "orphan": "delete old ones with --repair",
    "unfinished": "run flask --app wsgi cleanup",
}


@command("check-media")
@click.option("--repair", is_flag=True, help="Delete objects without a row that are older than a day.")
def check_media(repair: bool) -> None:
    """Compare the pictures in the database with the objects in the media store.

    Changes nothing without --repair. The exit status is 1 if something needs attention.
    """
    counts = Counter[str]()
    found = Counter[str]()
    for finding in compare(current_app.extensions["media_store"], counts, repair=repair):
        click.echo(f"{finding.kind:<12}{finding.key}: {finding.detail}")
        found[finding.kind] += finding.needs_attention
    unfinished = counts["pending"] + counts["deleting"]
    click.echo(f"{'pictures':<12}{counts['ready']} stored, {unfinished} unfinished")
    click.echo(f"{'objects':<12}{counts['objects']}, {counts['bytes']} bytes")
    if problems := +found:
        advice = (f"{number} {kind}: {_ADVICE[kind]}." for kind, number in problems.items())
        raise click.ClickException("\n".join(advice))
