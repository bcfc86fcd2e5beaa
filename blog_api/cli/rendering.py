"""The command that renders posts again."""

from __future__ import annotations

import click

from blog_api.cli.failures import command
from blog_api.services.rendering import Renewal


@command("render")
def render() -> None:
    """Render posts that are behind: after an upgrade, or a change of PUBLIC_URL, POST_URL or the authors' roles.

    Changes neither the versions nor the times of the posts. The worker does the same when it starts.
    """
    renewal = Renewal()
    while renewal.run_batch():
        pass
    click.echo(f"Rendered {renewal.rendered} posts.")
