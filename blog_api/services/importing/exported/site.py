"""Restore the tags and redirects of an export."""

from __future__ import annotations

from pathlib import Path

from blog_api.crud.redirects import create_redirect, has_redirect
from blog_api.crud.restores.tags import add_tag
from blog_api.database.session import transaction
from blog_api.policies.viewers import Viewer
from blog_api.problems import Problem
from blog_api.schemas.exports import TagRow
from blog_api.schemas.redirects import NewRedirect
from blog_api.services.importing.exported.rows import read_batches, read_rows
from blog_api.services.importing.report import Report
from blog_api.text.issues import Code, Note

# Whoever runs a command sees everything.
_OPERATOR = Viewer(0, "", "admin", 0)


def restore_tags(folder: Path, report: Report, *, dry_run: bool) -> None:
    """Create the missing tags."""
    for batch in read_batches(folder / "tags.ndjson", TagRow(), report):
        if not dry_run:
            with transaction():
                for _, row in batch:
                    add_tag(row)


def restore_redirects(folder: Path, report: Report, *, dry_run: bool) -> None:
    """Create the missing redirects. Leave out those whose path is taken, with a note."""
    path = folder / "redirects.ndjson"
    for line, row in read_rows(path, NewRedirect(), report):
        if dry_run:
            continue
        try:
            with transaction():
                if not has_redirect(row["from"], row["to"]):
                    create_redirect(row["from"], row["to"], _OPERATOR)
        except Problem as error:
            detail = f"the redirect from {row['from']} is left out: {error.detail}"
            report.note(path, Note(Code.ALIAS_TAKEN, detail), line=line)
