"""/openapi.json, /docs, and a page for each problem. The pages load nothing from other hosts."""

from __future__ import annotations

import inspect
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, current_app, redirect, send_from_directory, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from blog_api.api.addresses import absolute, address_of
from blog_api.api.headers import STRICT_POLICY
from blog_api.auth.access import public
from blog_api.problems import PROBLEMS, HttpError, NotFound, Problem

blueprint = Blueprint("documentation", __name__)

PAGES = Path(__file__).parent.parent / "pages"
OWN_FILES = {path.name for path in PAGES.iterdir()}
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
# Swagger UI sets styles inline.
DOCS_POLICY = (
    f"{STRICT_POLICY}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'"
)

PAGE = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><body><h1>{title}</h1><p>Status {status}</p><p>{text}</p></body></html>"
)


@blueprint.route("/")
@blueprint.route("/docs")
@public
def show_root() -> BaseResponse:
    """Redirect to the documentation."""
    return redirect(absolute(url_for("documentation.show_docs")))


@blueprint.route("/docs/")
@public
def show_docs() -> Response:
    """Return the page of Swagger UI."""
    page = (PAGES / "docs.html").read_bytes()
    headers = {"Content-Security-Policy": DOCS_POLICY}
    return Response(page, headers=headers, content_type="text/html; charset=utf-8")


@blueprint.route("/docs/<path:path>")
@public
def show_docs_file(path: str) -> Response:
    """Return a file that the page loads: one of its own, or of the package flask-swagger-ui."""
    return send_from_directory(PAGES if path in OWN_FILES else SWAGGER_UI, path)


@blueprint.route("/openapi.json")
@public
def show_openapi() -> Response:
    """Return the OpenAPI document."""
    document = current_app.extensions["openapi"].document(address_of("") or "/")
    return Response(document, content_type="application/json")


@blueprint.route("/problems/<string:name>")
@public
def show_problem(name: str) -> Response:
    """Return a page that explains a problem and what to do about it."""
    kind = PROBLEMS.get(name)
    if kind is None:
        raise NotFound("There is no problem with this name.")
    page = PAGE.format(title=kind.title, status=_status_of(kind), text=inspect.getdoc(kind) or "")
    return Response(page, content_type="text/html; charset=utf-8")


def _status_of(kind: type[Problem]) -> str:
    return "as in the response" if kind is HttpError else str(kind.status)
