"""/tags"""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.auth.access import current_user, current_viewer, login_required, public
from blog_api.crud import tags as crud
from blog_api.models import Tag
from blog_api.policies.viewers import is_editor, require
from blog_api.schemas import tags as schemas

blueprint = Blueprint("tags", __name__, url_prefix="/api/v1/tags", description="What posts are about.")


@blueprint.route("")
@public
@blueprint.query(schemas.TagQuery())
@blueprint.gives(200, schemas.TagPage())
def list_tags(query: dict[str, Any]) -> Any:
    """List tags

    Those with a published post; to editors all.
    """
    return crud.list_tags(query["page"], current_viewer())


@blueprint.route("", methods=["POST"])
@login_required
@blueprint.body(schemas.TagCreate())
@blueprint.gives(201, schemas.Tag())
@blueprint.fails(403, 409)
def create_tag(data: dict[str, Any]) -> Any:
    """Make a tag"""
    _require_editor()
    tag = crud.create_tag(**data)
    return crud.read_tag(tag.id, current_user()), {"Location": url_for("tags.read_tag", tag_id=tag.id)}


@blueprint.route("/<id:tag_id>")
@public
@blueprint.gives(200, schemas.Tag())
def read_tag(tag_id: int) -> Any:
    """Read a tag"""
    return crud.read_tag(tag_id, current_viewer())


@blueprint.route("/<id:tag_id>", methods=["PATCH"])
@login_required
@blueprint.body(schemas.TagPatch(partial=True))
@blueprint.gives(200, schemas.Tag())
@blueprint.fails(403, 412)
def update_tag(data: dict[str, Any], tag_id: int) -> Any:
    """Change a tag

    Posts keep the tag under its new name, and an import of files finds it by the old one. A tag on thousands of posts
    may need more time for another name than a request has: that is 503, and those who run the service rename it by
    `flask rename-tag`.
    """
    crud.update_tag(_get_for_update(tag_id), data)
    return crud.read_tag(tag_id, current_user())


@blueprint.route("/<id:tag_id>", methods=["DELETE"])
@login_required
@blueprint.gives(204)
@blueprint.fails(403, 412)
def delete_tag(tag_id: int) -> None:
    """Delete a tag

    Its posts stay, without it. A tag on thousands of posts may need more time than a request has: that is 503, and
    those who run the service remove it by `flask delete-tag`.
    """
    crud.delete_tag(_get_for_update(tag_id))


@blueprint.route("/<id:tag_id>/merge", methods=["POST"])
@login_required
@blueprint.body(schemas.TagMerge())
@blueprint.gives(200, schemas.Tag())
@blueprint.fails(403)
def merge_tag(data: dict[str, Any], tag_id: int) -> Any:
    """Merge a tag into another

    Its posts get the other one, which is answered; the merged one is gone. A tag on thousands of posts may need more
    time than a request has: that is 503, and those who run the service merge it by `flask merge-tags`.
    """
    _require_editable(tag_id)
    crud.merge_tag(tag_id, **data)
    return crud.read_tag(data["into"], current_user())


def _require_editor() -> None:
    require(is_editor(current_user()), "Only editors may change tags.")


def _require_editable(tag_id: int) -> None:
    # Who may not see the tag learns nothing about it; who sees it learns why not.
    crud.read_tag(tag_id, current_user())
    _require_editor()


def _get_for_update(tag_id: int) -> Tag:
    _require_editable(tag_id)
    tag = crud.get_tag(tag_id)
    check_version(tag.version)
    return tag
