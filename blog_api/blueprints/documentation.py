"""/openapi.json, /docs, and a page for each problem. The pages load nothing from other hosts."""

from __future__ import annotations

import base64
import hashlib
import inspect
import re

from flask import Blueprint, Flask, Response, current_app, redirect, url_for
from flask_swagger_ui import get_swaggerui_blueprint
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from blog_api.api.addresses import absolute, address_of
from blog_api.api.headers import STRICT_POLICY
from blog_api.auth.access import public
from blog_api.problems import PROBLEMS, HttpError, NotFound, Problem

blueprint = Blueprint("documentation", __name__)

PAGE = Markup(
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><body><h1>{title}</h1><p>Status {status}</p><p>{text}</p></body></html>"
)


@blueprint.route("/")
@blueprint.route("/docs")
@public
def show_root() -> BaseResponse:
    """Redirect to the documentation."""
    return redirect(absolute(url_for("swagger_ui.show")))


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


def init_app(app: Flask) -> None:
    """Register the routes. The flask-swagger-ui package provides Swagger UI."""
    # By default, oauth2RedirectUrl is built from the Host header and written into a script.
    config = {"app_name": "blog_api", "validatorUrl": None, "oauth2RedirectUrl": None}
    # Relative to the page, so that it works below any path prefix.
    swagger = get_swaggerui_blueprint(".", "../openapi.json", config=config)
    app.register_blueprint(blueprint)
    swagger.after_request(_set_docs_policy)
    app.register_blueprint(swagger, url_prefix="/docs")


def _set_docs_policy(response: Response) -> Response:
    extensions = current_app.extensions
    if "docs_policy" not in extensions:
        page = current_app.view_functions["swagger_ui.show"]()
        extensions["docs_policy"] = _build_policy(str(page))
    response.headers["Content-Security-Policy"] = extensions["docs_policy"]
    return response


def _build_policy(page: str) -> str:
    """Return a policy that allows files of this service, and the inline scripts of the page by their digests."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    sources = f"script-src 'self' {allowed}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
    return f"{STRICT_POLICY}; {sources}"
