"""Restore the revisions and working copies of an export."""

from __future__ import annotations

from array import array
from itertools import groupby, islice
from operator import itemgetter
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
from blog_api.services.importing.exported.rows import read_rows
from blog_api.services.importing.report import Report

# The id of no upload and of no account: those that have been deleted.
_GONE = 0
# Posts per transaction.
_POSTS = 50
_MEMBERS = tuple(name for name in SNAPSHOT if name not in ("author_id", "co_authors"))
_OF_REVISIONS = ("number", "version", "live", "changed", "created_at")
_OF_COPIES = ("base_version", "created_at", "updated_at")
Row = dict[str, Any]


def restore_history(
    folder: Path, ids: array[int], authors: Authors, pictures: ExportedPictures, report: Report
) -> None:
    """Restore the revisions and working copies of imported posts. `ids` has their ids by the numbers of their lines."""
    path = folder / "revisions.ndjson"
    rows = ({**row, "line": line} for line, row in read_rows(path, RevisionRow(), report))
    posts = (
        (_post_id(post, ids), [_with_image(row, pictures) for row in of_post])
        for post, of_post in groupby(rows, itemgetter("post"))
    )
    while batch := list(islice(posts, _POSTS)):
        with transaction():
            for post_id, revisions in batch:
                values = [_values(row, authors, _OF_REVISIONS) for row in revisions]
                try:
                    with db.session.begin_nested():
                        crud.restore_revisions(post_id, values)
                except (Problem, SQLAlchemyError) as error:
                    report.refuse(path, refusal_by_database(error), post_id, line=revisions[0]["line"])
    for _, row in read_rows(folder / "working_copies.ndjson", WorkingCopyRow(), report):
        copy = _with_image(row, pictures)
        if post_id := _post_id(row["post"], ids):
            with transaction():
                crud.restore_working_copy(post_id, _values(copy, authors, _OF_COPIES))


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
