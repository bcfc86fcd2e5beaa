"""Commands that bring posts in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from tqdm import tqdm

from blog_api.cli.failures import command
from blog_api.services.importing.importer import Importer
from blog_api.services.importing.sources import FileIssue, path_to_text, read_profiles
from blog_api.services.seeding import BATCH
from blog_api.services.seeding import seed as seed_database

_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@command("seed")
@click.option("--users", type=click.IntRange(1, 100_000), default=5, show_default=True)
@click.option("--posts", type=click.IntRange(0, 10_000_000), default=100, show_default=True)
@click.option("--tags", type=click.IntRange(0, 100_000), default=20, show_default=True)
def seed(users: int, posts: int, tags: int) -> None:
    """Add made-up users, posts and tags: the same numbers always give the same data."""

    def progress(steps: Iterable[int]) -> Iterable[int]:
        return tqdm(steps, desc="posts", unit=f"x{BATCH}", disable=None)

    seed_database(users, posts, tags, progress)
    click.echo(f"Added {users} users, {posts} posts and up to {tags} tags.")


@command("import-markdown")
@click.argument("folder", type=_folder)
@click.option("--authors", type=_folder, help="A folder with a profile of each author.")
@click.option(
    "--default-author", default="imported", show_default=True, help="Who wrote what names no author."
)
@click.option(
    "--name", help="What to know the folder by, in place of its path: set it if the folder may move."
)
@click.option(
    "--overwrite", is_flag=True, help="Make posts what their files say, whatever was changed in the blog."
)
@click.option("--dry-run", is_flag=True, help="Read everything, change nothing.")
def import_markdown(
    folder: Path, authors: Path | None, default_author: str, name: str | None, overwrite: bool, dry_run: bool
) -> None:
    """Import the Markdown files below FOLDER, with front matter as Jekyll, Hugo and Zola write it.

    A second run updates what has changed and makes nothing twice. Posts that were changed in the blog are left alone,
    the status of others stays, and those that are gone for ever are not made anew.
    """
    profiles, unread = read_profiles(authors) if authors else ({}, [])
    root = name or folder.resolve().as_posix()
    importer = Importer(folder, root, default_author, profiles, dry_run=dry_run, overwrite=overwrite)

    def progress(files: Sequence[Path]) -> Iterable[Path]:
        return tqdm(files, desc="files", unit="file", disable=None)

    report = importer.run(progress)
    _print_issues("refused", report.rejected)
    _print_issues("left alone", report.skipped)
    _print_issues("note", report.notes)
    _print_issues("profile not read", unread)
    if dry_run:
        click.echo("Nothing was changed (--dry-run). It would be:")
    click.echo(report.summary)


def _print_issues(word: str, refusals: list[FileIssue]) -> None:
    for refusal in refusals:
        click.echo(_printable(f"{word}: {path_to_text(str(refusal.path))}:{refusal.line}: {refusal.reason}"))


def _printable(line: str) -> str:
    """One line for any terminal: a name may hold line breaks, or what a terminal would obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
