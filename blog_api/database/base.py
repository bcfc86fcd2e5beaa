"""Declarative base class and mixins for the models."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Integer, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from blog_api.database.columns import BigInt, CreationTime, CurrentTime, UtcDateTime

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """Declarative base with a naming convention for constraints and a type annotation map."""

    __table__: ClassVar[Table]

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {datetime: UtcDateTime, int: BigInt}


class Timestamps:
    """Mixin for `created_at` and `updated_at`."""

    created_at: Mapped[CreationTime]
    updated_at: Mapped[CreationTime] = mapped_column(onupdate=CurrentTime())


class Versioned:
    """Mixin for optimistic locking: the second of two concurrent UPDATEs raises StaleDataError."""

    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        # Fetch server-generated values with RETURNING.
        return {"version_id_col": cls.version, "eager_defaults": True}
