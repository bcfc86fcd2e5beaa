"""/posts/{id}/revisions: the history of a post."""

from __future__ import annotations

from typing import Any

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, login_required
from blog_api.crud.history import revisions as crud
from blog_api.crud.posts import lists
from blog_api.crud.posts.members import post_to_dict
from blog_api.paging.pages import Page
from blog_api.schemas import posts as post_schemas
from blog_api.schemas import revisions as schemas
from blog_api.services import history

blueprint = Blueprint(
    "revisions",
    __name__,
    url_prefix="/api/v1/posts",
    description="The history of posts, for those who may edit them.",
    dry_run=True,
)


@blueprint.route("/<id:post_id>/revisions")
@login_required
@blueprint.query(schemas.RevisionQuery())
@blueprint.returns(200, schemas.RevisionPage())
@blueprint.raises(403)
def list_revisions(query: dict[str, Any], post_id: int) -> Page:
    """List the revisions of a post

    Newest first. Each save is a revision; only consecutive saves to the working copy, by one person within ten minutes,
    are one. Renaming, merging and deleting tags leaves none.
    """
    crud.require_editable(post_id, current_user())
    return crud.list_revisions(post_id, query["page"])


@blueprint.route("/<id:post_id>/revisions/<id:number>")
@login_required
@blueprint.returns(200, schemas.RevisionDetail())
@blueprint.raises(403)
def read_revision(post_id: int, number: int) -> Any:
    """Get a revision

    With all members of the post that can be written.
    """
    crud.require_editable(post_id, current_user())
    return crud.read_revision(post_id, number)


@blueprint.route("/<id:post_id>/revisions/<id:number>/diff")
@login_required
@blueprint.query(schemas.DiffQuery())
@blueprint.returns(200, schemas.RevisionDiff())
@blueprint.raises(403)
def compare_revisions(query: dict[str, Any], post_id: int, number: int) -> Any:
    """Compare two revisions

    Returns the members that differ. The first revision is compared with an empty post. If more than 1,500 lines of the
    content lie between the first and the last change, `unified` shows all of them as replaced.
    """
    crud.require_editable(post_id, current_user())
    return crud.compare_revisions(post_id, number, query.get("against"))


@blueprint.route("/<id:post_id>/revisions/<id:number>/restore", methods=["POST"])
@login_required
@blueprint.returns(200, post_schemas.Post())
@blueprint.replays_if(lists.may_see_stored)
@blueprint.raises(403, 412)
def restore_revision(post_id: int, number: int) -> Any:
    """Restore a revision

    Updates the post with all members of the revision, also its status. Tags that have been renamed or merged since keep
    their present names. Accounts that no longer exist are left out, and members that you may not change stay as they
    are.
    """
    viewer = current_user()
    return post_to_dict(history.restore_revision(post_id, number, viewer), viewer)
