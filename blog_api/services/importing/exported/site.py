"""Restore the tags and redirects of an export."""

from __future__ import annotations

from pathlib import Path

from blog_api.crud.restores.tags import add_tag
from blog_api.database.session import transaction
from blog_api.schemas.exports import TagRow
from blog_api.schemas.redirects import NewRedirect
from blog_api.services.importing.exported.rows import read_batches, read_rows
from blog_api.services.importing.redirects import add_redirect
from blog_api.services.importing.report import Report
from blog_api.text.issues import Note, Refused


def restore_tags(folder: Path, report: Report, *, dry_run: bool) -> None:
    """Create the missing tags."""
    for batch in read_batches(folder / "tags.ndjson", TagRow(), report):
        if not dry_run:
            with transaction():
                for _, row in batch:
                    add_tag(row)


def restore_redirects(folder: Path, report: Report, *, dry_run: bool) -> None:
    """Create the missing redirects. Skip those that cannot be created, with a note."""
    path = folder / "redirects.ndjson"
    for line, row in read_rows(path, NewRedirect(), report):
        if dry_run:
            continue
        try:
            add_redirect(row["from"], row["to"])
        except Refused as error:
            detail = f"the redirect from {row['from']} is left out: {error.detail}"
            report.note(path, Note(error.code, detail), line=line)
