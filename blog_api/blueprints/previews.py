"""/previews: links that show a post before it is published."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request, url_for
from werkzeug.exceptions import NotFound

from blog_api.api.addresses import absolute
from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, login_required, public
from blog_api.crud import previews as crud
from blog_api.crud.history.revisions import require_editable
from blog_api.paging.pages import Page
from blog_api.schemas import previews as schemas
from blog_api.services import previews as services
from blog_api.text.preview_page import POLICY, preview_page

blueprint = Blueprint(
    "previews",
    __name__,
    url_prefix="/api/v1",
    description="Links that show a post to people without an account.",
    secret=True,
)
HEADERS = {"X-Robots-Tag": "noindex", "Vary": "Accept"}


@blueprint.route("/posts/<id:post_id>/previews", methods=["POST"])
@login_required
@blueprint.body(schemas.NewPreview())
@blueprint.returns(201, schemas.CreatedPreview())
@blueprint.raises(403, 404, 409)
def create_preview(data: dict[str, Any], post_id: int) -> Any:
    """Create a preview

    Anyone who has the link sees the working copy, the draft or the revision, without an account. The preview ends when
    it expires or is deleted, when the post is moved to the trash, and when you may no longer edit the post. Only this
    response includes the token.
    """
    preview = services.create_preview(post_id, current_user(), **data)
    path = url_for("previews.show_preview", key=preview["token"])
    template: str | None = current_app.config["PREVIEW_URL"]
    url = absolute(path) if template is None else template.replace("{token}", preview["token"])
    return preview | {"url": url}, {"Location": path}


@blueprint.route("/posts/<id:post_id>/previews")
@login_required
@blueprint.query(schemas.PreviewQuery())
@blueprint.returns(200, schemas.PreviewPage())
@blueprint.raises(403)
def list_previews(query: dict[str, Any], post_id: int) -> Page:
    """List the previews of a post

    Newest first, without those that have expired. The tokens are not included.
    """
    require_editable(post_id, current_user())
    return crud.list_previews(post_id, query["page"])


@blueprint.route("/previews/<secret:key>", methods=["DELETE"])
@login_required
@blueprint.returns(204)
def delete_preview(key: str) -> None:
    """Delete a preview

    Takes the id of the preview, not its token. The link stops working immediately. For those who may edit the post.
    """
    if not key.isdigit() or len(key) > 18:
        raise NotFound
    crud.delete_preview(int(key), current_user())


@blueprint.route("/previews/<secret:key>")
@public
@blueprint.returns(200, schemas.PreviewedPost())
def show_preview(key: str) -> Any:
    """Show a preview

    Takes the token of the preview. Returns the post as JSON, or as a bare page for `Accept: text/html`.
    """
    post = services.read_preview(key)
    if request.accept_mimetypes.best_match(("application/json", "text/html")) != "text/html":
        return post, HEADERS
    language = post["language"] or current_app.config["SITE_LANGUAGE"]
    page = preview_page(post["title"], post["html"], language)
    return Response(
        page, headers=HEADERS | {"Content-Security-Policy": POLICY}, content_type="text/html; charset=utf-8"
    )
