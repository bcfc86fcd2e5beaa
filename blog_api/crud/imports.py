"""Queries for imported files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, update

from blog_api.crud.batches import batches
from blog_api.crud.posts.write import get_post_at_version, update_post
from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models.addresses import PostSlug
from blog_api.models.imports import ImportedFile
from blog_api.models.posts import Post
from blog_api.policies.posts import shown_status, untrashed_posts
from blog_api.problems import Conflict


class KnownFile(NamedTuple):
    """An imported file and the current state of its post."""

    post_id: int | None
    digest: str
    # The version after the import, and the current one.
    post_version: int
    version: int | None
    # The status shown to clients, which includes scheduled.
    status: str | None
    uid: str | None
    is_trashed: bool

    @property
    def is_purged(self) -> bool:
        """Whether the post has been permanently deleted."""
        return self.post_id is None

    @property
    def is_edited(self) -> bool:
        """Whether anything but an import has changed the post since."""
        return self.version != self.post_version


class FileRecord(NamedTuple):
    """The values to store for an imported file."""

    source: str
    post_id: int
    post_version: int
    digest: str
    uid: str | None


def list_imported_files(root: str) -> dict[str, KnownFile]:
    """Return the imported files below `root`, keyed by source."""
    return _read_files(ImportedFile.source.startswith(f"{root}/", autoescape=True))


def find_imported_files(sources: Collection[str]) -> dict[str, KnownFile]:
    """Return those of the sources that were imported earlier."""
    return _read_files(ImportedFile.source.in_(sources))


def _read_files(condition: ColumnElement[bool]) -> dict[str, KnownFile]:
    columns = (ImportedFile.post_id, ImportedFile.digest, ImportedFile.post_version, Post.version)
    statement = select(ImportedFile.source, *columns, shown_status(), ImportedFile.uid, ~untrashed_posts())
    statement = statement.outerjoin(Post, Post.id == ImportedFile.post_id).where(condition)
    rows = db.session.execute(statement, {"now": utcnow()})
    return {row[0]: KnownFile._make(row[1:]) for row in rows}


def read_contents(post_ids: Iterable[int | None]) -> dict[int | None, str]:
    """Return the contents of posts by id."""
    ids = [post_id for post_id in post_ids if post_id is not None]
    contents: dict[int | None, str] = {}
    for batch in batches(ids):
        statement = select(Post.id, Post.content).where(Post.id.in_(batch))
        contents |= {row.id: row.content for row in db.session.execute(statement)}
    return contents


def sources_by_slug(slugs: Iterable[str]) -> dict[str, str | None]:
    """Return the slugs that are taken, with the sources of their posts, or None for posts that were not imported."""
    taken: dict[str, str | None] = {}
    for batch in batches(list(slugs)):
        statement = (
            select(PostSlug.slug, ImportedFile.source)
            .outerjoin(ImportedFile, ImportedFile.post_id == PostSlug.post_id)
            .where(PostSlug.slug.in_(batch))
        )
        taken |= {row.slug: row.source for row in db.session.execute(statement)}
    return taken


def rename_files(renamed: Mapping[str, str]) -> None:
    """Give the records of renamed files, keyed by their old sources, their new ones.

    Without a digest, the next import reads the files again even if this one is killed: their paths can contain dates.
    """
    for old, new in renamed.items():
        values = {"source": new, "digest": ""}
        db.session.execute(update(ImportedFile).where(ImportedFile.source == old).values(values))


def withdraw_post(source: str, known: KnownFile, *, to_trash: bool) -> None:
    """Unpublish or trash the post of a file that is gone. If the file comes back, it is imported again.

    Raises NotFound if the post has been changed in the meantime.
    """
    assert known.post_id is not None
    post = get_imported_post(known.post_id, known.version)
    update_post(post, {"deleted_at": utcnow()} if to_trash else {"status": "draft"})
    values = {"post_version": post.version, "digest": ""}
    db.session.execute(update(ImportedFile).where(ImportedFile.source == source).values(values))


def get_imported_post(post_id: int, version: int | None) -> Post:
    """Load the post of an imported file for editing, even from the trash.

    Raises NotFound if the post is gone or has another version.
    """
    missing = "The post of this file has been changed or deleted in the meantime."
    return get_post_at_version(post_id, version, missing)


def add_file_records(files: Iterable[FileRecord]) -> None:
    """Insert the records of new files. Raises Conflict if another import has inserted one of them."""
    rows = [file._asdict() for file in files]
    if not rows:
        return
    statement = insert(ImportedFile).on_conflict_do_nothing().returning(ImportedFile.source)
    added = set(db.session.execute(statement, rows).scalars())
    if other := next((row["source"] for row in rows if row["source"] not in added), None):
        raise Conflict(f"Another import is running and has added {other}. Run this again when it has ended.")


def update_file_records(files: Iterable[FileRecord]) -> None:
    """Update the records of files that were imported earlier."""
    rows = [file._asdict() for file in files]
    if rows:
        db.session.execute(update(ImportedFile), rows)
