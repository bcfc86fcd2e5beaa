"""Helpers for single rows, shared by the crud modules: read one, load one for editing, update it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Select

from blog_api.database.base import Base
from blog_api.database.session import db, execute_rows
from blog_api.paging.pages import AnySelect
from blog_api.problems import NotFound

Entity = TypeVar("Entity", bound=Base)


class Renamed(Exception):
    """The requested object has another slug or username now. The client is redirected to it."""

    def __init__(self, argument: str, value: str) -> None:
        """`argument` is the argument of the route to replace by `value`."""
        super().__init__(f"{argument}: {value}")
        self.argument, self.value = argument, value


def read_one(statement: AnySelect, parameters: Mapping[str, Any], missing: str) -> dict[str, Any]:
    """Return the single row of a SELECT as a dict. Raises NotFound with the message `missing`."""
    row = execute_rows(statement, parameters).one_or_none()
    if row is None:
        raise NotFound(missing)
    return row._asdict()


def get_or_404(statement: Select[Entity], parameters: Mapping[str, Any], missing: str) -> Entity:
    """Load the single entity of a SELECT. Raises NotFound with the message `missing`."""
    entity = db.session.scalars(statement, parameters).one_or_none()
    if entity is None:
        raise NotFound(missing)
    return entity


def patch(entity: Base, changes: Mapping[str, Any]) -> None:
    """Set the attributes in `changes` and flush.

    Raises StaleDataError if the entity was changed concurrently, IntegrityError if a constraint is violated.
    """
    for name, value in changes.items():
        setattr(entity, name, value)
    db.session.flush()
