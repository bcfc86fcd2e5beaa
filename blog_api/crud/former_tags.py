"""Queries for former tag names. Imports use them to map an old name to the current tag."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, select, update

from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models.tags import FormerTagName, Tag


def save_former_name(name_key: str, tag_id: int) -> None:
    """Record a former name of a tag. If several tags had the name, the latest one wins."""
    row = insert(FormerTagName).values(name_key=name_key, tag_id=tag_id)
    latest = {"tag_id": row.excluded.tag_id}
    db.session.execute(row.on_conflict_do_update(index_elements=[FormerTagName.name_key], set_=latest))


def move_former_names(tag_id: int, into: int) -> None:
    """Move the former names of a tag to another tag."""
    db.session.execute(update(FormerTagName).where(FormerTagName.tag_id == tag_id).values(tag_id=into))


def current_names(keys: Iterable[str]) -> dict[str, str]:
    """Map former name keys to the current names of their tags, except keys that a tag uses now."""
    taken = exists().where(Tag.name_key == FormerTagName.name_key).correlate(FormerTagName)
    statement = (
        select(FormerTagName.name_key, Tag.name)
        .join(Tag, Tag.id == FormerTagName.tag_id)
        .where(FormerTagName.name_key.in_(list(keys)), ~taken)
    )
    return {row.name_key: row.name for row in db.session.execute(statement)}
