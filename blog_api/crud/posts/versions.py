"""One change of many posts, which counts as a change of each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, update

from blog_api.database.session import db
from blog_api.models import Post


def raise_versions(condition: ColumnElement[bool], **values: Any) -> None:
    """Raise the version of all posts that fulfil the condition, and set `values`. One statement.

    They are locked in the order of their ids, so that of two who want some of the same each gets its turn.
    """
    wanted = select(Post.id).where(condition).order_by(Post.id).with_for_update(key_share=True)
    db.session.execute(
        update(Post).where(Post.id.in_(wanted)).values(version=Post.version + 1, **values),
        execution_options={"synchronize_session": False},
    )
