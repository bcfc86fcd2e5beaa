"""/posts/{id}/working-copy: changes of a live post that are not published yet."""

from __future__ import annotations

from typing import Any

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, login_required
from blog_api.crud.history.working_copies import copy_to_dict
from blog_api.crud.posts import lists
from blog_api.crud.posts.members import post_to_dict
from blog_api.schemas import post_writes
from blog_api.schemas import posts as post_schemas
from blog_api.schemas import working_copies as schemas
from blog_api.services import working_copies as services

blueprint = Blueprint(
    "working_copies",
    __name__,
    url_prefix="/api/v1/posts",
    description="Changes of published posts that are not public yet, for those who may edit them.",
    dry_run=True,
)


@blueprint.route("/<id:post_id>/working-copy")
@login_required
@blueprint.returns(200, schemas.WorkingCopy())
@blueprint.raises(403)
def read_working_copy(post_id: int) -> Any:
    """Get the working copy of a post

    Also while the post is not published or in the trash.
    """
    return copy_to_dict(services.read_copy(post_id, current_user()))


@blueprint.route("/<id:post_id>/working-copy", methods=["PATCH"])
@login_required
@blueprint.body(post_writes.PostPatch(partial=True))
@blueprint.returns(200, schemas.WorkingCopy())
@blueprint.raises(403, 412)
def save_working_copy(data: dict[str, Any], post_id: int) -> Any:
    """Save changes of a post without publishing them

    The first save creates the working copy from the post. It is shared by all who may edit the post. Its slug is not
    reserved, and its tags are not created, before it is published. `If-Match` takes the ETag of the working copy, and
    that of the post for the first save. Only published and scheduled posts have working copies.
    """
    return copy_to_dict(services.save_copy(post_id, data, current_user()))


@blueprint.route("/<id:post_id>/working-copy", methods=["DELETE"])
@login_required
@blueprint.returns(204)
@blueprint.raises(403, 412)
def delete_working_copy(post_id: int) -> None:
    """Discard the working copy of a post

    What was saved stays in the revisions of the post.
    """
    services.discard_copy(post_id, current_user())


@blueprint.route("/<id:post_id>/working-copy/publish", methods=["POST"])
@login_required
@blueprint.query(post_writes.MergeQuery())
@blueprint.returns(200, post_schemas.Post())
@blueprint.replays_if(lists.may_see_stored)
@blueprint.raises(403, 412)
def publish_working_copy(query: dict[str, Any], post_id: int) -> Any:
    """Publish the working copy of a post

    Updates the post with the members that the working copy changes, and deletes the working copy. If the post has
    changed since the working copy began, the response is 409 with the members in `conflict`. With `merge=true`, that is
    only so if there are any.
    """
    viewer = current_user()
    return post_to_dict(services.publish_copy(post_id, viewer, **query), viewer)
