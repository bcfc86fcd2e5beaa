"""/comments and /posts/{id}/comments: comments of users and guests, and their moderation."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, current_viewer, guests_allowed, login_required, public
from blog_api.auth.audit import request_origin
from blog_api.auth.rates import COMMENT
from blog_api.crud.comments import threads
from blog_api.mail.delivery import is_mail_enabled
from blog_api.paging.pages import Page
from blog_api.schemas import comments as schemas
from blog_api.services import comments

blueprint = Blueprint("comments", __name__, url_prefix="/api/v1", description="Comments on posts.")


@blueprint.route("/posts/<id:post_id>/comments")
@public
@blueprint.query(schemas.ThreadQuery())
@blueprint.returns(200, schemas.CommentPage())
def list_thread(query: dict[str, Any], post_id: int) -> Page:
    """List the comments on a post

    Returns a flat list, oldest first: `parent_id` and `depth` say where replies belong. A comment that was deleted or
    is not approved, but has replies, is a placeholder: its status is `deleted`, and it has neither content nor author.
    """
    return threads.list_thread(post_id, query["page"], current_viewer())


@blueprint.route("/posts/<id:post_id>/comments", methods=["POST"])
@guests_allowed
@blueprint.limited(COMMENT)
@blueprint.body(schemas.CommentWrite())
@blueprint.returns(201, schemas.Comment())
@blueprint.replays_if(threads.may_see_stored)
def create_comment(data: dict[str, Any], post_id: int) -> Any:
    """Comment on a post

    Guests send no token, but a `name` and an `email`, if the operator lets guests comment. Their comments are `pending`
    until an editor approves them. Comments of editors and of the authors of the post need no approval; for others, the
    operator decides. Posts that are not public take no comments (`/problems/comments-closed`), nor do those whose
    `comments_open` is false or whose `comments_close_at` has passed. An Idempotency-Key of a guest is ignored.
    """
    address, _ = request_origin()
    comment = comments.create_comment(current_viewer(), post_id, data, address, _rules())
    return comment, {"Location": url_for("comments.read_comment", comment_id=comment["id"])}


@blueprint.route("/comments")
@login_required
@blueprint.query(schemas.CommentQuery())
@blueprint.returns(200, schemas.CommentPage())
def list_comments(query: dict[str, Any]) -> Page:
    """List comments on all posts

    Returns your own comments, newest first; for editors, everyone's. Those that wait for approval are `pending`.
    """
    return threads.list_comments(query["filters"], query["page"], current_user())


@blueprint.route("/comments/<id:comment_id>")
@public
@blueprint.returns(200, schemas.Comment())
def read_comment(comment_id: int) -> Any:
    """Get a comment

    Returns a comment that you may see: any that is approved, and your own; for editors, all comments.
    """
    return threads.read_comment(comment_id, current_viewer())


@blueprint.route("/comments/<id:comment_id>", methods=["PATCH"])
@login_required
@blueprint.body(schemas.CommentPatch(partial=True))
@blueprint.returns(200, schemas.Comment())
@blueprint.raises(412)
def update_comment(data: dict[str, Any], comment_id: int) -> Any:
    """Update a comment

    Editors can change the content and the status of all comments. Others can change the content of their own for 15
    minutes; an edited comment waits for approval again if the operator has all comments moderated.
    """
    return comments.update_comment(comment_id, data, current_user(), _rules())


@blueprint.route("/comments/<id:comment_id>", methods=["DELETE"])
@login_required
@blueprint.returns(204)
@blueprint.raises(412)
def delete_comment(comment_id: int) -> None:
    """Delete a comment

    Deletes your own comment, or any if you are an editor. If it has replies, a placeholder without content and author
    remains.
    """
    comments.delete_comment(comment_id, current_user())


@blueprint.route("/comments/moderate", methods=["POST"])
@login_required
@blueprint.body(schemas.Moderation())
@blueprint.returns(200, schemas.ModerationResult())
def moderate_comments(data: dict[str, Any]) -> Any:
    """Approve comments or mark them as spam

    Editors only. Changes all of the comments, or none if one of them does not exist.
    """
    return {"changed": comments.moderate(data["ids"], data["status"], current_user(), _rules())}


def _rules() -> comments.Rules:
    settings = current_app.config
    # Mail about comments needs PUBLIC_URL for the link that ends it.
    sends_mail = is_mail_enabled() and settings["PUBLIC_URL"] is not None
    return comments.Rules(settings["COMMENTS"], settings["COMMENTS_MODERATION"], sends_mail)
