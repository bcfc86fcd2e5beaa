"""The command that imports Markdown files."""

from __future__ import annotations

from pathlib import Path

import click

from blog_api.cli.failures import command
from blog_api.cli.imports import ImportOptions, import_options, max_picture_bytes
from blog_api.cli.progress import progress
from blog_api.services.importing.exported.accounts import read_profiles
from blog_api.services.importing.exported.markdown import ExportedFolder
from blog_api.services.importing.exported.rows import find_format
from blog_api.services.importing.markdown.authors import complete_profiles, find_profiles
from blog_api.services.importing.markdown.folder import MarkdownFolder, Settings
from blog_api.services.importing.markdown.moving import Gone
from blog_api.services.importing.markdown.picture_files import (
    STATIC_NAMES,
    PictureFolders,
    find_static_folders,
)
from blog_api.text.former_addresses import PLACEHOLDERS, STYLES, has_placeholders, unknown_placeholders

_folder = click.Path(exists=True, file_okay=False, path_type=Path)


def _permalink(context: click.Context, parameter: click.Parameter, pattern: str) -> str:
    if unknown := unknown_placeholders(pattern):
        known = ", ".join((*STYLES, *PLACEHOLDERS))
        raise click.BadParameter(f"unknown: {', '.join(unknown)}. These are known: {known}.")
    if pattern and not has_placeholders(pattern):
        raise click.BadParameter(f"{pattern!r} has no placeholder such as :title.")
    return pattern


@command("import-markdown", runs_alone=True)
@click.argument("folder", type=_folder)
@click.option(
    "--authors",
    type=click.Path(exists=True, path_type=Path),
    help="Folder or file with author profiles, besides those in files such as _data/authors.yml and authors.json.",
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
@click.option(
    "--permalink",
    default="",
    callback=_permalink,
    metavar="PATTERN",
    help="The addresses of posts on the former site, which become aliases: /:year/:month/:title/ with the "
    "placeholders of Jekyll and Hugo, or a style of Jekyll such as pretty.",
)
@click.option("--section-as-tag", is_flag=True, help="Tag each post with its first folder below FOLDER.")
@import_options
def import_markdown(
    folder: Path,
    authors: Path | None,
    gone: Gone,
    static_folders: tuple[Path, ...],
    permalink: str,
    section_as_tag: bool,
    options: ImportOptions,
) -> None:
    """Import Markdown files with front matter.

    Reads all files below FOLDER, with front matter as in Jekyll, Hugo and Zola, and uploads their pictures. Run it
    again to update the posts of changed files. Posts that were edited in the blog are skipped, and permanently deleted
    posts are not created again.

    A folder that `export` has written is read exactly as it was written.

    Set --name if FOLDER may move: by default, its path identifies it.
    """
    if find_format(folder) == "markdown":
        _import_export(folder, authors or folder / "authors", gone, options)
        return
    profiles = find_profiles(folder, authors)
    pictures = PictureFolders(folder, static_folders or find_static_folders(folder), max_picture_bytes())
    importer = options.importer(folder, options.pictures(pictures), profiles.by_name, profiles.entries)
    name = options.name or folder.resolve().as_posix()
    settings = Settings(options.timezone, permalink, section_as_tag)

    with options.reporting(importer):
        complete_profiles(importer)
        MarkdownFolder(folder, name, importer, settings, gone).run(progress)
        importer.report.drop_ignored(profiles.files)


def _import_export(folder: Path, authors: Path, gone: Gone, options: ImportOptions) -> None:
    """Import the folder of a Markdown export."""
    profiles, images, entries = read_profiles(authors)
    importer = options.importer(folder, options.exported_pictures(folder), profiles, entries)
    name = options.name or folder.resolve().as_posix()
    with options.reporting(importer):
        ExportedFolder(folder, name, importer, gone=gone, images=images).run(progress)
