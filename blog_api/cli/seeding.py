"""The command that adds sample posts."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import current_app
from tqdm import tqdm

from blog_api.cli.failures import command
from blog_api.services.seeding import BATCH
from blog_api.services.seeding import seed as seed_database


@command("seed", runs_alone=True)
@click.option("--users", type=click.IntRange(1, 100_000), default=5, show_default=True)
@click.option("--posts", type=click.IntRange(0, 10_000_000), default=100, show_default=True)
@click.option("--tags", type=click.IntRange(0, 100_000), default=20, show_default=True)
def seed(users: int, posts: int, tags: int) -> None:
    """Add sample users, posts and tags (not in production). The same numbers always produce the same data."""
    if current_app.config["APP_ENV"] == "production":
        raise click.ClickException("seed does not run in production (APP_ENV=production).")

    def progress(steps: Iterable[int]) -> Iterable[int]:
        return tqdm(steps, desc="posts", unit=f"x{BATCH}", disable=None)

    seed_database(users, posts, tags, progress)
    click.echo(f"Added {users} users, {posts} posts and up to {tags} tags.")
