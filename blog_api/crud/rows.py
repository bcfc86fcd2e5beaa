"""What all crud modules share for one thing: read it, get it to change it, change what is sent of it."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select

from blog_api.database.base import Base
from blog_api.database.session import db, fetch_one
from blog_api.paging.pages import AnySelect
from blog_api.problems import NotFound

Entity = TypeVar("Entity", bound=Base)


def read_one(statement: AnySelect, parameters: dict[str, Any], missing: str) -> dict[str, Any]:
    """The one row of the statement, which must be built once, to be shown. Raises NotFound, which says `missing`."""
    row = fetch_one(statement, parameters)
    if row is None:
        raise NotFound(missing)
    shown: dict[str, Any] = row._asdict()
    return shown


def get_one(statement: Select[Entity], parameters: dict[str, Any], missing: str) -> Entity:
    """The one entity of the statement, to be changed. Raises NotFound, which says `missing`."""
    entity = db.session.execute(statement, parameters).scalar_one_or_none()
    if entity is None:
        raise NotFound(missing)
    return entity


def patch(entity: Base, changes: dict[str, Any]) -> None:
    """Set what is in `changes`, and nothing else.

    Raises StaleDataError where someone else changed it meanwhile; what the database refuses is an IntegrityError.
    """
    for name, value in changes.items():
        setattr(entity, name, value)
    db.session.flush()
