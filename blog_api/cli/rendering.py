"""The command that renders posts and comments again."""

from __future__ import annotations

import click

from blog_api.cli.failures import command
from blog_api.services.rendering import Renewal


@command("render")
def render() -> None:
    """Render posts and comments that are behind: after an upgrade, or a change of PUBLIC_URL, POST_URL or roles.

    Changes neither their versions nor their times. The worker does the same when it starts.
    """
    posts, comments = Renewal("post"), Renewal("comment")
    while posts.run_batch() or comments.run_batch():
        pass
    click.echo(f"Rendered {posts.rendered} posts and {comments.rendered} comments.")
