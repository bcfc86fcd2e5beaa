"""The command that restores an export of JSON lines."""

from __future__ import annotations

from pathlib import Path

import click

from blog_api.cli.failures import command
from blog_api.cli.imports import ImportOptions, import_options
from blog_api.cli.progress import progress
from blog_api.services.importing.exported.rows import find_format
from blog_api.services.importing.ndjson.folder import NdjsonFolder


@command("import-ndjson", runs_alone=True)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--roles", is_flag=True, help="Give new accounts the roles of the export, also editor and admin."
)
@import_options
def import_ndjson(folder: Path, roles: bool, options: ImportOptions) -> None:
    """Restore what `export --format ndjson` has written.

    Restores accounts without passwords, tags, posts, pictures, redirects, comments, likes and follows. Run it again
    to continue after an interruption, or with a newer export.

    Set --name if FOLDER may move: by default, its path identifies it.
    """
    if find_format(folder) != "ndjson":
        raise click.BadParameter("this is not an export with --format ndjson.", param_hint="'FOLDER'")
    pictures = options.exported_pictures(folder)
    importer = options.importer(folder, pictures)
    name = options.name or folder.resolve().as_posix()
    with options.reporting(importer):
        NdjsonFolder(folder, name, importer, pictures, with_roles=roles).run(progress)
