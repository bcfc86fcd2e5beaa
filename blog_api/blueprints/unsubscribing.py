"""/unsubscribe: the link that ends mail about comments. It is not part of the API and its OpenAPI document."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

from blog_api.auth.access import public
from blog_api.auth.unsubscribing import read_unsubscribe_token
from blog_api.crud.comments.notices import end_notices
from blog_api.database.session import transaction
from blog_api.problems import NotFound
from blog_api.text.unsubscribe_page import POLICY, unsubscribe_page

blueprint = Blueprint("unsubscribing", __name__)

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Content-Security-Policy": POLICY}


@blueprint.route("/unsubscribe/<secret:token>")
@public
def show_unsubscription(token: str) -> Response:
    """Show a button, because programs that check links must not unsubscribe anybody."""
    _user_of(token)
    return _page(is_done=False)


@blueprint.route("/unsubscribe/<secret:token>", methods=["POST"])
@public
def unsubscribe(token: str) -> Response:
    """End mail about comments to the user of the token. Mail programs send this request, too (RFC 8058)."""
    user_id = _user_of(token)
    with transaction():
        end_notices(user_id)
    return _page(is_done=True)


def _user_of(token: str) -> int:
    user_id = read_unsubscribe_token(token)
    if user_id is None:
        raise NotFound("This link is not valid.")
    return user_id


def _page(*, is_done: bool) -> Response:
    page = unsubscribe_page(current_app.config["SITE_TITLE"], is_done=is_done)
    return Response(page, headers=HEADERS, content_type="text/html; charset=utf-8")
