"""Queries of imported files."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from blog_api.database import db
from blog_api.models import ImportedFile, Post


def list_imported_files(root: str) -> dict[str, tuple[int, str]]:
    """The post and the digest of each file that was imported from below `root`, by its source."""
    rows = db.session.execute(
        select(ImportedFile.source, ImportedFile.post_id, ImportedFile.digest).where(
            ImportedFile.source.startswith(f"{root}/", autoescape=True)
        )
    )
    return {row.source: (row.post_id, row.digest) for row in rows}


def get_imported_post(post_id: int) -> Post:
    """The post of an imported file, to change it; also one in the trash."""
    return db.session.execute(
        select(Post).where(Post.id == post_id).options(selectinload(Post.tags))
    ).scalar_one()


def remember_file(source: str, post_id: int, digest: str) -> None:
    """Note which post the file is, and what of it was read."""
    db.session.merge(ImportedFile(source=source, post_id=post_id, digest=digest))
    db.session.flush()
