"""Restore the accounts of an export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from blog_api.crud.restores.accounts import complete_account, reserve_usernames
from blog_api.database.session import db, reading, transaction
from blog_api.problems import Problem
from blog_api.schemas.exports import ReservedUsernameRow, UserRow
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.checking import refusal_by_database
from blog_api.services.importing.exported.accounts import Images
from blog_api.services.importing.exported.pictures import is_upload
from blog_api.services.importing.exported.rows import read_batches
from blog_api.services.importing.report import Report
from blog_api.text.documents import Profile
from blog_api.text.folding import fold

_OWN = ("is_active", "comment_mail", "created_at", "updated_at", "erased_at")
_IMAGE = ("url", "alt", "caption", "width", "height")


def restore_accounts(
    folder: Path, authors: Authors, report: Report, *, with_roles: bool, dry_run: bool
) -> Images:
    """Create the missing accounts, with the roles of the export if `with_roles` is set.

    Return the images of accounts that are uploads, by username.
    """
    path = folder / "users.ndjson"
    images: Images = {}
    for batch in read_batches(path, UserRow(), report):
        if dry_run:
            with reading():
                authors.check([row["username"] for _, row in batch])
            continue
        with transaction():
            for line, row in batch:
                if row["image"] and is_upload(row["image"]):
                    images[row["username"]] = row["image"]
                try:
                    with db.session.begin_nested():
                        _restore(row, authors, with_roles=with_roles)
                except (Problem, SQLAlchemyError) as error:
                    report.refuse(path, refusal_by_database(error), line=line)
                    authors.forget()
                    db.session.expunge_all()
    for reserved in read_batches(folder / "reserved_usernames.ndjson", ReservedUsernameRow(), report):
        if not dry_run:
            with transaction():
                reserve_usernames(row["username"] for _, row in reserved)
    return images


def _restore(row: dict[str, Any], authors: Authors, *, with_roles: bool) -> None:
    """Create an account, unless there is one that the username stands for."""
    username = row["username"]
    if authors.find_id(username) is not None:
        return
    image = row["image"]
    if image:
        image = None if is_upload(image) else {name: image.get(name) for name in _IMAGE} | {"variants": []}
    role = row["role"] if with_roles else ""
    texts = (row["display_name"], row["bio"], row["website"], image, row["email"] or "", role)
    authors.profiles = {fold(username): Profile(username, *texts)}
    (user_id,) = authors.ids_of((username,))
    complete_account(user_id, {name: row[name] for name in _OWN}, row["former_usernames"])
