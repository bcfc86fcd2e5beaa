"""/tasks"""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.auth.access import current_user, login_required
from blog_api.crud import tasks as crud
from blog_api.models.tasks import Task
from blog_api.schemas import tasks as schemas

blueprint = Blueprint("tasks", __name__, url_prefix="/api/v1/tasks", description="Your to-do list.")


@blueprint.route("")
@login_required
@blueprint.query(schemas.TaskQuery())
@blueprint.returns(200, schemas.TaskPage())
def list_tasks(query: dict[str, Any]) -> Any:
    """List your tasks"""
    return crud.list_tasks(query["filters"], query["page"], current_user())


@blueprint.route("", methods=["POST"])
@login_required
@blueprint.body(schemas.TaskWrite())
@blueprint.returns(201, schemas.Task())
def create_task(data: dict[str, Any]) -> Any:
    """Create a task"""
    task = crud.create_task(current_user(), data)
    return crud.read_task(task.id, current_user()), {"Location": url_for("tasks.read_task", task_id=task.id)}


@blueprint.route("/<id:task_id>")
@login_required
@blueprint.returns(200, schemas.Task())
def read_task(task_id: int) -> Any:
    """Get a task"""
    return crud.read_task(task_id, current_user())


@blueprint.route("/<id:task_id>", methods=["PATCH"])
@login_required
@blueprint.body(schemas.TaskPatch(partial=True))
@blueprint.returns(200, schemas.Task())
@blueprint.raises(412)
def update_task(data: dict[str, Any], task_id: int) -> Any:
    """Update a task"""
    crud.update_task(_load(task_id), data)
    return crud.read_task(task_id, current_user())


@blueprint.route("/<id:task_id>", methods=["DELETE"])
@login_required
@blueprint.returns(204)
@blueprint.raises(412)
def delete_task(task_id: int) -> None:
    """Delete a task"""
    crud.delete_task(_load(task_id))


def _load(task_id: int) -> Task:
    task = crud.get_task(task_id, current_user())
    check_version(task.version)
    return task
