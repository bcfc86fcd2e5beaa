"""Queries of tasks. Every query starts from the tasks of the viewer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import attributes, selectinload

from blog_api.crud.rows import get_or_404, patch, read_one
from blog_api.database.columns import EarliestTime
from blog_api.database.functions import json_list
from blog_api.database.session import db
from blog_api.models.tasks import Task, TaskWorker
from blog_api.models.users import User
from blog_api.paging.filtered import FilteredList
from blog_api.paging.pages import Page, PageRequest
from blog_api.policies.viewers import Viewer
from blog_api.problems import Fault, InvalidInput

_MISSING = "You have no task of this id."
_OWN = Task.owner_id == bindparam("owner")
_WORKERS = json_list(
    select(User.id.label("user_id"), User.username, TaskWorker.role)
    .join(TaskWorker, TaskWorker.user_id == User.id)
    .where(TaskWorker.task_id == Task.id)
    .order_by(User.id)
    .correlate(Task)
)
_SELECT = select(
    Task.id, Task.title, Task.description, Task.status, Task.priority, Task.due_date, _WORKERS.label("workers"),
    Task.created_at, Task.updated_at, Task.version,
)  # fmt: skip
_ONE = _SELECT.where(_OWN, Task.id == bindparam("task_id"))
_ENTITY = select(Task).where(_OWN, Task.id == bindparam("task_id")).options(selectinload(Task.workers))
_TASKS = FilteredList(
    _SELECT,
    Task.id,
    sorts={
        "created_at": Task.created_at,
        # Keyset pages need a value in every row: tasks without a due date come before all others.
        "due_date": func.coalesce(Task.due_date, EarliestTime()),
        "priority": case({"low": 1, "medium": 2, "high": 3}, value=Task.priority),
    },
    filters=(Task.status, Task.priority),
    conditions=(_OWN,),
)


def list_tasks(filters: dict[str, Any], page: PageRequest, viewer: Viewer) -> Page:
    """Read a page of the viewer's tasks whose columns equal the values in `filters`."""
    return _TASKS.read(page, filters, {"owner": viewer.id})


def read_task(task_id: int, viewer: Viewer) -> dict[str, Any]:
    """Return a task of the viewer to show it. Raises NotFound."""
    return read_one(_ONE, {"task_id": task_id, "owner": viewer.id}, _MISSING)


def get_task(task_id: int, viewer: Viewer) -> Task:
    """Load a task of the viewer to change it. Raises NotFound."""
    return get_or_404(_ENTITY, {"task_id": task_id, "owner": viewer.id}, _MISSING)


def create_task(viewer: Viewer, data: dict[str, Any]) -> Task:
    """Create a task of the viewer. Raises InvalidInput for an unknown worker."""
    task = Task(**{**data, "owner_id": viewer.id, "workers": _workers(data.get("workers", []))})
    db.session.add(task)
    db.session.flush()
    return task


def update_task(task: Task, changes: dict[str, Any]) -> None:
    """Set what is in `changes`. Raises InvalidInput for an unknown worker."""
    if "workers" in changes:
        changes = {**changes, "workers": _workers(changes["workers"])}
        # A change of the workers alone must increment the version too.
        attributes.flag_modified(task, "title")
    patch(task, changes)


def delete_task(task: Task) -> None:
    """Delete the task."""
    db.session.delete(task)
    db.session.flush()


def _workers(items: list[dict[str, Any]]) -> list[TaskWorker]:
    ids = [item["user_id"] for item in items]
    known = set(db.session.scalars(select(User.id).where(User.id.in_(ids))))
    faults = [
        Fault("This must be the id of a user, once.", "not_a_user", f"/workers/{number}/user_id")
        for number, user_id in enumerate(ids)
        if user_id not in known or user_id in ids[:number]
    ]
    if faults:
        raise InvalidInput(faults=faults)
    return [TaskWorker(**item) for item in items]
