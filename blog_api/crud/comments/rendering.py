"""Render the content of comments when it is written, and render again what is behind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select, update

from blog_api.crud.activity import count_activity
from blog_api.crud.posts.rendering import Renewed
from blog_api.database.session import db
from blog_api.models.comments import Comment
from blog_api.problems import Fault, InvalidInput
from blog_api.text.rendering import COMMENT_RENDERER_VERSION, TooComplex, render_comment

_OUTDATED = Comment.renderer != COMMENT_RENDERER_VERSION


def render_content(content: str) -> dict[str, Any]:
    """Return the columns of a comment with this content. Raises InvalidInput if rendering takes too long."""
    try:
        return _render(content)
    except TooComplex as error:
        detail = "This takes too much time to render. Simplify it."
        raise InvalidInput(faults=[Fault(detail, "too_complex", "/content")]) from error


def _render(content: str) -> dict[str, Any]:
    return {"content": content, "html": render_comment(content), "renderer": COMMENT_RENDERER_VERSION}


def count_outdated_comments() -> int:
    """Count the comments that were rendered by an older release."""
    return db.session.execute(select(func.count()).where(_OUTDATED)).scalar_one()


def renew_comments(after_id: int, limit: int) -> Renewed:
    """Render up to `limit` comments after `after_id` that are behind. Changes neither versions nor times."""
    outdated = select(Comment.id, Comment.post_id).where(_OUTDATED, Comment.id > after_id)
    found = db.session.execute(outdated.order_by(Comment.id).limit(limit)).all()
    for post_id in sorted({row.post_id for row in found}):
        count_activity(post_id)
    ids = [row.id for row in found]
    # Read the contents after locking the threads, so that nobody changes them meanwhile.
    rows = db.session.execute(select(Comment.id, Comment.content).where(Comment.id.in_(ids), _OUTDATED)).all()
    rendered, too_complex = list[dict[str, Any]](), list[int]()
    for row in rows:
        try:
            rendered.append({"comment_id": row.id, **_render(row.content)})
        except TooComplex:
            too_complex.append(row.id)
    if rendered:
        renewed = update(Comment).where(Comment.id == bindparam("comment_id"))
        values: dict[str, Any] = {name: bindparam(name) for name in ("content", "html", "renderer")}
        statement = renewed.values(**values, updated_at=Comment.updated_at)
        db.session.connection().execute(statement, rendered)
    return Renewed(ids, too_complex)
