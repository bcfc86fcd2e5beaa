"""Commands that add posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from flask import current_app
from tqdm import tqdm

from blog_api.cli.failures import command
from blog_api.cli.reports import report_options, reporting
from blog_api.crud.users import find_user
from blog_api.database.session import reading
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.checking import username_for
from blog_api.services.importing.importer import Importer
from blog_api.services.importing.markdown.moving import Gone
from blog_api.services.importing.markdown.picture_files import (
    STATIC_NAMES,
    PictureFolders,
    find_static_folders,
)
from blog_api.services.importing.markdown.sources import read_profiles
from blog_api.services.importing.pictures import Pictures
from blog_api.services.importing.report import Entry, Report
from blog_api.services.seeding import BATCH
from blog_api.services.seeding import seed as seed_database
from blog_api.text.dates import find_zone
from blog_api.text.folding import fold
from blog_api.text.issues import Code, Note

_folder = click.Path(exists=True, file_okay=False, path_type=Path)


def _zone(context: click.Context, parameter: click.Parameter, name: str) -> str:
    if find_zone(name) is None:
        raise click.BadParameter(f"{name!r} is not a time zone: use a name such as Europe/Paris.")
    return name


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


@command("import-markdown", runs_alone=True)
@click.argument("folder", type=_folder)
@click.option("--authors", type=_folder, help="Folder with author profiles.")
@click.option("--default-author", help="Author of files that name none.  [default: imported]")
@click.option(
    "--map-author",
    "mappings",
    multiple=True,
    metavar="NAME=USERNAME",
    help="Give the posts of the author NAME to an existing account. Can be repeated.",
)
@click.option("--name", help="Identifies the folder instead of its path. Set it if the folder may move.")
@click.option("--overwrite", is_flag=True, help="Replace posts with their files, even if edited in the blog.")
@click.option(
    "--timezone", default="UTC", show_default=True, callback=_zone, help="Time zone of dates without one."
)
@click.option(
    "--gone",
    type=click.Choice(["keep", "draft", "trash"]),
    default="keep",
    show_default=True,
    help="What to do with the posts of files that no longer exist.",
)
@click.option(
    "--static",
    "static_folders",
    type=_folder,
    multiple=True,
    help="Folder with static files, in which to look for pictures such as /images/cat.jpg. Can be repeated."
    f"  [default: {', '.join(STATIC_NAMES)} in FOLDER and up to two levels above]",
)
@report_options
def import_markdown(
    folder: Path,
    authors: Path | None,
    default_author: str | None,
    mappings: tuple[str, ...],
    name: str | None,
    overwrite: bool,
    timezone: str,
    gone: Gone,
    static_folders: tuple[Path, ...],
    dry_run: bool,
    strict: bool,
    report_file: Path | None,
) -> None:
    """Import Markdown files with front matter.

    Reads all files below FOLDER, with front matter as in Jekyll, Hugo and Zola, and uploads their pictures. Run it
    again to update the posts of changed files. Posts that were edited in the blog are skipped, and permanently deleted
    posts are not created again.
    """
    profiles, entries = read_profiles(authors) if authors else ({}, [])
    mapped, notes = _map_authors(mappings, default_author)
    report = Report(entries=entries + [Entry.note(folder, note) for note in notes])
    importer = Importer(
        folder,
        name or folder.resolve().as_posix(),
        default_author or "imported",
        Authors(profiles, mapped),
        _pictures(folder, static_folders, dry_run=dry_run),
        dry_run=dry_run,
        overwrite=overwrite,
        timezone=timezone,
        gone=gone,
        report=report,
    )

    def progress(files: Sequence[Path]) -> Iterable[Path]:
        return tqdm(files, desc="files", unit="file", disable=None)

    with reporting(folder, report, report_file, strict=strict, dry_run=dry_run):
        importer.run(progress)


def _pictures(folder: Path, static_folders: Sequence[Path], *, dry_run: bool) -> Pictures:
    config = current_app.config
    folders = PictureFolders(
        folder, static_folders or find_static_folders(folder), config["MEDIA_MAX_MB"] * 1024 * 1024
    )
    store, max_pixels = current_app.extensions["media_store"], config["MEDIA_MAX_PIXELS"]
    return Pictures(folders, store, max_pixels, dry_run=dry_run)


def _map_authors(mappings: Iterable[str], default_author: str | None) -> tuple[dict[str, int], list[Note]]:
    """Return the ids of the accounts that the operator has chosen, by folded name, and notes on them.

    The default author can be new.
    """
    mapped: dict[str, int] = {}
    notes: list[Note] = []
    with reading():
        user = find_user(username_for(default_author)) if default_author else None
        if default_author and user and not user.imported:
            mapped[fold(default_author)] = user.id
        for mapping in mappings:
            name, _, username = mapping.rpartition("=")
            user = find_user(username.strip())
            if not name or user is None:
                raise click.BadParameter(
                    f"{mapping!r} is not a name and an existing username, such as Ada=ada.",
                    param_hint="'--map-author'",
                )
            mapped[fold(name.strip())] = user.id
            detail = f"the posts of {name} go to the account {user.username}"
            notes.append(Note(Code.AUTHOR_MAPPED, detail))
    return mapped, notes
