"""Queries of imported files."""

from __future__ import annotations

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
    statement = select(Post).where(Post.id == post_id).options(selectinload(Post.tags))
    post = db.session.execute(statement).scalar_one_or_none()
    if post is None:
        raise NotFound("The post of this file has been deleted meanwhile.")
    return post


def remember_file(source: str, post_id: int, digest: str) -> None:
    """Note which post the file is, and what of it was read."""
    kept = {"post_id": post_id, "digest": digest}
    statement = insert(ImportedFile).values(source=source, **kept)
    again = statement.on_conflict_do_update(
        index_elements=[ImportedFile.source], set_={**kept, "imported_at": func.current_timestamp()}
    )
    db.session.execute(again)
