"""/media: stored pictures. They are not part of the API and its OpenAPI document."""

from __future__ import annotations

from flask import Blueprint, Response

from blog_api.api.stored_pictures import send_picture
from blog_api.auth.access import public

blueprint = Blueprint("media_files", __name__)


@blueprint.route("/media/<picture:picture>")
@public
def show_picture(picture: str) -> Response:
    """Return a variant of a picture."""
    return send_picture(picture)
