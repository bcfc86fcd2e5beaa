"""/tags: tags of posts."""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.auth.access import current_user, current_viewer, login_required, public
from blog_api.crud import former_tags
from blog_api.crud import tags as crud
from blog_api.models.tags import Tag
from blog_api.policies.viewers import is_editor, require
from blog_api.schemas import tags as schemas

blueprint = Blueprint(
    "tags", __name__, url_prefix="/api/v1/tags", description="Topics that posts can share.", dry_run=True
)


@blueprint.route("")
@public
@blueprint.query(schemas.TagQuery())
@blueprint.returns(200, schemas.TagPage())
def list_tags(query: dict[str, Any]) -> Any:
    """List tags

    Returns the tags with published posts; for editors, all tags.
    """
    return crud.list_tags(query["page"], current_viewer())


@blueprint.route("", methods=["POST"])
@login_required
@blueprint.body(schemas.TagCreate())
@blueprint.returns(201, schemas.Tag())
@blueprint.raises(403, 409)
def create_tag(data: dict[str, Any]) -> Any:
    """Create a tag

    For editors. Authors create tags by naming them in a post.
    """
    _require_editor()
    tag = crud.create_tag(**data)
    return crud.read_tag(tag.id, current_user()), {"Location": url_for("tags.read_tag", tag_id=tag.id)}


@blueprint.route("/<id:tag_id>")
@public
@blueprint.returns(200, schemas.Tag())
def read_tag(tag_id: int) -> Any:
    """Get a tag

    A tag without a published post is shown to editors only.
    """
    return crud.read_tag(tag_id, current_viewer())


@blueprint.route("/slug/<slug:slug>")
@public
@blueprint.returns(200, schemas.Tag())
def read_tag_by_slug(slug: str) -> Any:
    """Get a tag by its slug

    A former slug, also that of a tag that was merged into this one, redirects to the present one.
    """
    return crud.read_tag_by_slug(slug, current_viewer())


@blueprint.route("/<id:tag_id>/former-slugs/<slug:slug>", methods=["DELETE"])
@login_required
@blueprint.returns(204)
@blueprint.raises(403)
def release_tag_slug(tag_id: int, slug: str) -> None:
    """Release a former slug of a tag

    Slugs under which a tag was on a public post are reserved for it and redirect. Once released, another tag can have
    the slug. For editors.
    """
    _require_editable(tag_id)
    former_tags.release_slug(tag_id, slug)


@blueprint.route("/<id:tag_id>", methods=["PATCH"])
@login_required
@blueprint.body(schemas.TagPatch(partial=True))
@blueprint.returns(200, schemas.Tag())
@blueprint.raises(403, 412)
def update_tag(data: dict[str, Any], tag_id: int) -> Any:
    """Update a tag

    Posts keep the tag under its new name, and imports of files still find it by its old one. Renaming a tag on
    thousands of posts can exceed the time limit of a request. It then fails with 503, and operators can run
    `flask rename-tag` instead.
    """
    crud.update_tag(_get_for_update(tag_id), data)
    return crud.read_tag(tag_id, current_user())


@blueprint.route("/<id:tag_id>", methods=["DELETE"])
@login_required
@blueprint.returns(204)
@blueprint.raises(403, 412)
def delete_tag(tag_id: int) -> None:
    """Delete a tag

    Removes the tag from its posts. Deleting a tag on thousands of posts can exceed the time limit of a request. It
    then fails with 503, and operators can run `flask delete-tag` instead.
    """
    crud.delete_tag(_get_for_update(tag_id))


@blueprint.route("/<id:tag_id>/merge", methods=["POST"])
@login_required
@blueprint.body(schemas.TagMerge())
@blueprint.returns(200, schemas.Tag())
@blueprint.raises(403)
def merge_tag(data: dict[str, Any], tag_id: int) -> Any:
    """Merge a tag into another

    Moves the posts of the tag to the other one and deletes the tag. Returns the other tag. Merging a tag on thousands
    of posts can exceed the time limit of a request. It then fails with 503, and operators can run `flask merge-tags`
    instead.
    """
    _require_editable(tag_id)
    crud.merge_tag(tag_id, **data)
    return crud.read_tag(data["into"], current_user())


def _require_editor() -> None:
    require(is_editor(current_user()), "Only editors may change tags.")


def _require_editable(tag_id: int) -> None:
    # Raises NotFound for viewers who cannot see the tag, so that Forbidden does not reveal that it exists.
    crud.read_tag(tag_id, current_user())
    _require_editor()


def _get_for_update(tag_id: int) -> Tag:
    _require_editable(tag_id)
    tag = crud.get_tag(tag_id)
    check_version(tag.version)
    return tag
