"""Queries of imported files."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from blog_api.database import db, insert
from blog_api.models import ImportedFile, Post
from blog_api.problems import NotFound


def list_imported_files(root: str) -> dict[str, tuple[int, str]]:
    """The post and the digest of each file that was imported from below `root`, by its source."""
    rows = db.session.execute(
        select(ImportedFile.source, ImportedFile.post_id, ImportedFile.digest).where(
            ImportedFile.source.startswith(f"{root}/", autoescape=True)
        )
    )
    return {row.source: (row.post_id, row.digest) for row in rows}


def get_imported_post(post_id: int) -> Post:
    """The post of an imported file, to change it; also one in the trash. Raises NotFound."""
    statement = (
        select(Post)
        .where(Post.id == post_id)
        .options(selectinload(Post.tags), selectinload(Post.authorships))
    )
    post = db.session.execute(statement).scalar_one_or_none()
    if post is None:
        raise NotFound("The post of this file has been deleted meanwhile.")
    return post


def remember_files(files: Iterable[tuple[str, int, str]]) -> None:
    """Note for each source which post it is, and the digest of what was read. One statement."""
    rows = [{"source": source, "post_id": post_id, "digest": digest} for source, post_id, digest in files]
    if not rows:
        return
    statement = insert(ImportedFile)
    changes = {
        "post_id": statement.excluded.post_id,
        "digest": statement.excluded.digest,
        "imported_at": func.current_timestamp(),
    }
    db.session.execute(
        statement.on_conflict_do_update(index_elements=[ImportedFile.source], set_=changes), rows
    )
