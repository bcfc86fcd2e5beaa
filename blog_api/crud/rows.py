"""What all crud modules share for one thing: read it, get it to change it, change what is sent of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Select

from blog_api.database.base import Base
from blog_api.database.session import db, execute_rows
from blog_api.paging.pages import AnySelect
from blog_api.problems import NotFound

Entity = TypeVar("Entity", bound=Base)


def read_one(statement: AnySelect, parameters: Mapping[str, Any], missing: str) -> dict[str, Any]:
    """Return the one row of the statement by its names, to be shown. Raises NotFound, which says `missing`."""
    row = execute_rows(statement, parameters).one_or_none()
    if row is None:
        raise NotFound(missing)
    return row._asdict()


def get_or_404(statement: Select[Entity], parameters: Mapping[str, Any], missing: str) -> Entity:
    """Return the one entity of the statement, to be changed. Raises NotFound, which says `missing`."""
    entity = db.session.scalars(statement, parameters).one_or_none()
    if entity is None:
        raise NotFound(missing)
    return entity


def patch(entity: Base, changes: Mapping[str, Any]) -> None:
    """Set the attributes in `changes`, and flush.

    Raises StaleDataError where someone else changed the entity meanwhile; what the database refuses is an
    IntegrityError.
    """
    for name, value in changes.items():
        setattr(entity, name, value)
    db.session.flush()
