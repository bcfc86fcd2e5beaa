"""Restore the revisions and working copies of an export."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from blog_api.crud.history.snapshots import SNAPSHOT
from blog_api.crud.media.images import complete_image
from blog_api.crud.restores import history as crud
from blog_api.database.session import db, transaction
from blog_api.problems import Problem
from blog_api.schemas.exports import RevisionRow, WorkingCopyRow
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.checking import refusal_by_database
from blog_api.services.importing.exported.pictures import ExportedPictures, is_upload
from blog_api.services.importing.exported.rows import check_rows, read_rows
from blog_api.services.importing.report import Report

# Stands for the ids of deleted uploads and accounts.
_GONE = 0
_REVISIONS, _COPIES = "revisions.ndjson", "working_copies.ndjson"
# Posts per transaction.
_POSTS = 50
_MEMBERS = tuple(name for name in SNAPSHOT if name not in ("author_id", "co_authors"))
_OF_REVISIONS = ("number", "version", "live", "changed", "created_at")
_OF_COPIES = ("base_version", "created_at", "updated_at")
Row = dict[str, Any]


def check_history(folder: Path, report: Report) -> None:
    """Report the rows that are invalid."""
    check_rows(folder / _REVISIONS, RevisionRow(), report)
    check_rows(folder / _COPIES, WorkingCopyRow(), report)


def restore_history(
    folder: Path, ids: array[int], authors: Authors, pictures: ExportedPictures, report: Report
) -> None:
    """Restore the revisions and working copies of imported posts. `ids` has their ids by the numbers of their lines."""
    table = folder / _REVISIONS
    posts = (
        (_post_id(post, ids), [(line, _with_image(row, pictures)) for line, row in of_post])
        for post, of_post in groupby(read_rows(table, RevisionRow(), report), lambda found: found[1]["post"])
    )
    while batch := list(islice(posts, _POSTS)):
        with transaction():
            for post_id, revisions in batch:
                with _refusing(table, revisions[0][0], authors, report):
                    values = [_values(row, authors, _OF_REVISIONS) for _, row in revisions]
                    if post_id:
                        crud.restore_revisions(post_id, values)
    table = folder / _COPIES
    for line, row in read_rows(table, WorkingCopyRow(), report):
        copy = _with_image(row, pictures)
        if post_id := _post_id(row["post"], ids):
            with transaction(), _refusing(table, line, authors, report):
                crud.restore_working_copy(post_id, _values(copy, authors, _OF_COPIES))


@contextmanager
def _refusing(table: Path, line: int, authors: Authors, report: Report) -> Iterator[None]:
    """Report what the database rejects, instead of stopping the import. Runs in a savepoint."""
    try:
        with db.session.begin_nested():
            yield
    except (Problem, SQLAlchemyError) as error:
        report.refuse(table, refusal_by_database(error), line=line)
        authors.forget()
        db.session.expunge_all()


def _post_id(line: int, ids: array[int]) -> int:
    """Return the id of a post, or 0 if it was refused or has been deleted."""
    return ids[line] if line < len(ids) else 0


def _with_image(row: Row, pictures: ExportedPictures) -> Row:
    """Return the row with the upload of its image, if that still exists."""
    image = row["image"]
    if not image or not is_upload(image):
        sizes: Row = {"width": None, "height": None, "variants": []}
        plain = image and sizes | {name: value for name, value in image.items() if name != "upload"}
        return {**row, "image": plain}
    texts = {"alt": image["alt"], "caption": image["caption"]}
    return {**row, "image": {**texts, "media_id": pictures.find_upload(image) or _GONE, "url": image["url"]}}


def _values(row: Row, authors: Authors, own: tuple[str, ...]) -> Row:
    """Return the columns of a revision or a working copy."""
    owner_id, *co_authors = [authors.ids_of((name,))[0] if name else _GONE for name in row["authors"]] or [
        _GONE
    ]
    editor_id = authors.ids_of((row["editor"],))[0] if row["editor"] else None
    values = {name: row[name] for name in (*_MEMBERS, *own)}
    image = row["image"]
    if image and image.get("media_id"):
        # With the sizes and the address of the upload.
        del image["url"]
        values = complete_image(values, None)
    return values | {"author_id": owner_id, "co_authors": co_authors, "editor_id": editor_id}
