"""Tasks in requests and responses."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from marshmallow import fields, validate

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Schema
from blog_api.schemas.fields import Choice, Integer, List, OutputString, Text, Timestamp
from blog_api.schemas.nested import Nested
from blog_api.schemas.paging import PageQuery, page_of, sort_field

STATUSES = ("pending", "in_progress", "completed")
PRIORITIES = ("low", "medium", "high")
TIME = {"example": "2026-01-31T12:00:00Z"}


class TaskWorkerWrite(Schema):
    """A user who works on a task, and their role."""

    user_id = Integer(required=True, metadata={"example": 1})
    role = Text(1, 50, required=True, metadata={"example": "proofreader"})


class TaskWrite(Schema):
    """A new task."""

    title = Text(1, 200, required=True, metadata={"example": "Check the links"})
    description = Text(0, 5000, multiline=True)
    status = Choice(STATUSES)
    priority = Choice(PRIORITIES)
    due_date = Timestamp(allow_none=True)
    workers = List(Nested(TaskWorkerWrite()), validate.Length(max=20), metadata={"example": []})


class TaskPatch(TaskWrite):
    """The members of a task to change."""


class TaskWorker(TaskWorkerWrite):
    """A user who works on a task, and their role."""

    username = OutputString(50, "ada")


class Task(Schema):
    """A task."""

    id = Integer(required=True, metadata={"example": 1})
    title = OutputString(200, "Check the links")
    description = OutputString(5000, "")
    status = Choice(STATUSES, required=True, metadata={"example": "pending"})
    priority = Choice(PRIORITIES, required=True, metadata={"example": "high"})
    due_date = Timestamp(required=True, allow_none=True, metadata=TIME)
    workers = fields.List(fields.Nested(TaskWorker()), required=True)
    created_at = Timestamp(required=True, metadata=TIME)
    updated_at = Timestamp(required=True, metadata=TIME)


TaskPage = page_of(Task(), "TaskPage")


class TaskQuery(PageQuery):
    """The filters and sort keys of the list of tasks."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {
        "created_at": datetime,
        "due_date": datetime,
        "priority": int,
    }
    sort = sort_field(sort_keys, "-created_at")
    status = Choice(STATUSES, metadata={"description": "Only tasks with this status."})
    priority = Choice(PRIORITIES, metadata={"description": "Only tasks with this priority."})
