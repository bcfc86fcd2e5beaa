"""Queries of the names that tags had: an import that meets one of them finds the tag under its present name."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import exists, select, update

from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models import FormerTagName, Tag


def save_former_name(name_key: str, tag_id: int) -> None:
    """Note that this name was given up for that of the tag. Of several tags that had it, the latest counts."""
    row = insert(FormerTagName).values(name_key=name_key, tag_id=tag_id)
    latest = {"tag_id": row.excluded.tag_id}
    db.session.execute(row.on_conflict_do_update(index_elements=[FormerTagName.name_key], set_=latest))


def move_former_names(tag_id: int, into: int) -> None:
    """Make what a tag was called before a former name of another one."""
    db.session.execute(update(FormerTagName).where(FormerTagName.tag_id == tag_id).values(tag_id=into))


def current_names(keys: Iterable[str]) -> dict[str, str]:
    """The present names of the tags that once had these keys; without the keys that some tag has by now."""
    taken = exists().where(Tag.name_key == FormerTagName.name_key).correlate(FormerTagName)
    statement = (
        select(FormerTagName.name_key, Tag.name)
        .join(Tag, Tag.id == FormerTagName.tag_id)
        .where(FormerTagName.name_key.in_(list(keys)), ~taken)
    )
    return {row.name_key: row.name for row in db.session.execute(statement)}
