"""/examples/editor/: the example of an editing client, everywhere except in production."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory

from blog_api.api.headers import STRICT_POLICY
from blog_api.auth.access import public

EDITOR = Path(__file__).parents[2] / "examples" / "editor"
# The preview opens in a tab of its own, so nothing is framed.
POLICY = f"{STRICT_POLICY}; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"

blueprint = Blueprint("examples", __name__, url_prefix="/examples")


@blueprint.route("/editor/", defaults={"file": "index.html"})
@blueprint.route("/editor/<path:file>")
@public
def show_editor(file: str) -> Response:
    """Return a file of the editor."""
    response = send_from_directory(EDITOR, file)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def init_app(app: Flask) -> None:
    """Register the blueprint, except in production, where a page that asks for passwords must be your own."""
    if app.config["APP_ENV"] != "production":
        app.register_blueprint(blueprint)
