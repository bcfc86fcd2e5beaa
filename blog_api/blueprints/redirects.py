"""/redirects and /resolve: redirects of the site, and lookups of its paths."""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.api.responses import to_stream
from blog_api.auth.access import current_user, current_viewer, login_required, public
from blog_api.crud import redirects as crud
from blog_api.crud import site_paths
from blog_api.policies.viewers import is_editor, require
from blog_api.schemas import redirects as schemas
from blog_api.services.redirects import write_redirects

blueprint = Blueprint(
    "redirects",
    __name__,
    url_prefix="/api/v1",
    description="Redirects, and lookups of present and former paths of the site.",
)
# The files of `format` are streamed, without an ETag.
TEXT = {
    "content": {"text/plain": {"schema": {"type": "string", "examples": ["/info.html /about/ 301"]}}},
    "headers": {
        "ETag": {"description": "The entity tag, unless `format` is given.", "schema": {"type": "string"}}
    },
}


@blueprint.route("/resolve")
@public
@blueprint.query(schemas.ResolveQuery())
@blueprint.returns(200, schemas.Resolved())
@blueprint.raises(404)
def resolve_path(query: dict[str, Any]) -> Any:
    """Find what the site shows at a path

    Finds posts, tags and users by their present and former addresses, and posts by their aliases. If `url` is another
    address, redirect to it. Addresses are known by the settings `POST_URL`, `TAG_URL` and `AUTHOR_URL`.
    """
    return site_paths.resolve(query["path"], current_viewer())


@blueprint.route("/redirects")
@public
@blueprint.query(schemas.RedirectQuery())
@blueprint.doc(responses={200: TEXT})
@blueprint.returns(200, schemas.RedirectPage())
def list_redirects(query: dict[str, Any]) -> Any:
    """List redirects

    Returns the redirects that editors added and the aliases of posts, then the former addresses of posts, tags and
    users. A page can have fewer than `limit` items, because it leaves out redirects from paths where the site now shows
    something.
    """
    viewer, page = current_viewer(), query["page"]
    if "format" in query:
        lines = write_redirects(page, viewer, query["format"])
        return to_stream(lines, "text/plain; charset=utf-8")
    return crud.list_redirects(page, viewer)


@blueprint.route("/redirects", methods=["POST"])
@login_required
@blueprint.body(schemas.NewRedirect())
@blueprint.returns(201, schemas.Redirect())
@blueprint.raises(403, 409)
def create_redirect(data: dict[str, Any]) -> Any:
    """Add a redirect

    For editors. To redirect to a post, set its `aliases` instead: they follow it to each new address.
    """
    _require_editor()
    redirect = crud.create_redirect(data["from"], data["to"], current_user())
    location = url_for("redirects.read_redirect", redirect_id=redirect.id)
    return crud.read_redirect(redirect.id, current_user()), {"Location": location}


@blueprint.route("/redirects/<id:redirect_id>")
@public
@blueprint.returns(200, schemas.Redirect())
def read_redirect(redirect_id: int) -> Any:
    """Get a redirect

    Aliases and former addresses have no id.
    """
    return crud.read_redirect(redirect_id, current_viewer())


@blueprint.route("/redirects/<id:redirect_id>", methods=["DELETE"])
@login_required
@blueprint.returns(204)
@blueprint.raises(403, 412)
def delete_redirect(redirect_id: int) -> None:
    """Delete a redirect

    For editors. Only redirects that editors added have an id. To remove an alias, change the `aliases` of its post.
    """
    redirect = crud.read_redirect(redirect_id, current_user())
    _require_editor()
    check_version(redirect["version"])
    crud.delete_redirect(redirect_id)


def _require_editor() -> None:
    require(is_editor(current_user()), "Only editors may change redirects.")
