"""The command that exports the blog."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click
from flask import current_app

from blog_api.cli.failures import command
from blog_api.cli.progress import progress
from blog_api.cli.reports import report_options, reporting
from blog_api.services.exporting.exporter import Exporter
from blog_api.services.exporting.folders import Nowhere, check_is_free, new_folder
from blog_api.services.exporting.report import ExportReport
from blog_api.text.exports.keys import Format


@command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["markdown", "ndjson"]),
    required=True,
    help="markdown: files that other programs can read, without comments. ndjson: everything but secrets.",
)
@report_options
def export(folder: Path, format_: Format, dry_run: bool, strict: bool, report_file: Path | None) -> None:
    """Write the blog to FOLDER, which must not exist or be empty.

    Includes drafts and the trash, but no passwords, tokens or other secrets.
    FOLDER appears once it is complete.
    """
    folder = folder.absolute()
    report = ExportReport()
    with reporting(folder, report, report_file, strict=strict, dry_run=dry_run):
        check_is_free(folder)
        with contextlib.nullcontext(Nowhere()) if dry_run else new_folder(folder) as output:
            Exporter(format_, output, current_app.extensions["media_store"], progress, report).run()
