"""The to-do list of an editorial team."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from blog_api.database.base import Base, Timestamps, Versioned
from blog_api.database.columns import Id


class TaskWorker(Base):
    """The association of a task with a user who works on it, in a role such as "proofreader"."""

    __tablename__ = "task_workers"
    __table_args__ = (Index("ix_task_workers_user_id", "user_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(50))


class Task(Timestamps, Versioned, Base):
    """A task of its owner. It is kept when the account is anonymised."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'in_progress', 'completed')", name="status"),
        CheckConstraint("priority IN ('low', 'medium', 'high')", name="priority"),
        Index("ix_tasks_owner_id", "owner_id", "created_at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(String(5000), default="")
    status: Mapped[str] = mapped_column(String(11), default="pending")
    priority: Mapped[str] = mapped_column(String(6), default="medium")
    due_date: Mapped[datetime | None]

    workers: Mapped[list[TaskWorker]] = relationship(
        lazy="raise", cascade="all, delete-orphan", passive_deletes=True
    )
