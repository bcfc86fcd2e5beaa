"""Queries of imported files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import func, select

from blog_api.crud.posts.write import get_post_at_version
from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models import ImportedFile, Post
from blog_api.policies.posts import shown_status


class KnownFile(NamedTuple):
    """A file that was imported, and its post as that is by now."""

    post_id: int | None
    digest: str
    # That which the import left, and that of now.
    post_version: int
    version: int | None
    # As clients read it, with scheduled.
    status: str | None

    @property
    def is_purged(self) -> bool:
        """Whether its post is gone for ever."""
        return self.post_id is None

    @property
    def is_edited(self) -> bool:
        """Whether its post was changed since by something else than an import."""
        return self.version != self.post_version


class FileRecord(NamedTuple):
    """What is kept of a file that was imported."""

    source: str
    post_id: int
    post_version: int
    digest: str


def list_imported_files(root: str) -> dict[str, KnownFile]:
    """What is known of each file that was imported from below `root`, by its source."""
    columns = (ImportedFile.post_id, ImportedFile.digest, ImportedFile.post_version, Post.version)
    statement = (
        select(ImportedFile.source, *columns, shown_status())
        .outerjoin(Post, Post.id == ImportedFile.post_id)
        .where(ImportedFile.source.startswith(f"{root}/", autoescape=True))
    )
    rows = db.session.execute(statement, {"now": utcnow()})
    return {row[0]: KnownFile._make(row[1:]) for row in rows}


def get_imported_post(post_id: int, version: int | None) -> Post:
    """The post of an imported file in this version, to change it; also one in the trash. Raises NotFound."""
    missing = "The post of this file has been changed or deleted meanwhile."
    return get_post_at_version(post_id, version, missing)


def save_file_records(files: Iterable[FileRecord]) -> None:
    """Note for each source which post it is, in which version, and the digest of what was read. One statement."""
    rows = [file._asdict() for file in files]
    if not rows:
        return
    statement = insert(ImportedFile)
    changes = {
        "post_id": statement.excluded.post_id,
        "post_version": statement.excluded.post_version,
        "digest": statement.excluded.digest,
        "imported_at": func.current_timestamp(),
    }
    db.session.execute(
        statement.on_conflict_do_update(index_elements=[ImportedFile.source], set_=changes), rows
    )
