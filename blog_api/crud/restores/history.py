"""Insert the revisions and the working copy of a post of another blog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, exists, insert, select, update

from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.imports import ImportedFile
from blog_api.models.posts import Post
from blog_api.models.revisions import Revision
from blog_api.models.working_copies import WorkingCopy


def restore_revisions(post_id: int, revisions: Sequence[dict[str, Any]]) -> None:
    """Replace the revision that an import has written, unless the post has been saved since.

    The post gets the version of its newest revision.
    """
    statement = select(Post.version, Revision.number, Revision.version.label("saved"))
    rows = db.session.execute(
        statement.join(Revision, Revision.post_id == Post.id).where(Post.id == post_id)
    ).all()
    if [(row.number, row.saved) for row in rows] != [(1, 1)] or rows[0].version != 1:
        return
    db.session.execute(delete(Revision).where(Revision.post_id == post_id), execution_options=UNSYNCHRONIZED)
    db.session.execute(insert(Revision), [{**revision, "post_id": post_id} for revision in revisions])
    version = max((revision["version"] or 1 for revision in revisions), default=1)
    _set(update(Post).where(Post.id == post_id).values(version=version, updated_at=Post.updated_at))
    _set(update(ImportedFile).where(ImportedFile.post_id == post_id).values(post_version=version))


def _set(statement: Any) -> None:
    db.session.execute(statement, execution_options=UNSYNCHRONIZED)


def restore_working_copy(post_id: int, values: dict[str, Any]) -> None:
    """Insert the working copy of a post, unless it has one or has been saved since."""
    has_copy = exists().where(WorkingCopy.post_id == post_id)
    version = db.session.scalar(select(Post.version).where(Post.id == post_id, ~has_copy))
    if version is not None and version >= values["base_version"]:
        db.session.add(WorkingCopy(post_id=post_id, **values))
        db.session.flush()
