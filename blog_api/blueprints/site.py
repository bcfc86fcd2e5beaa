"""/api/v1: the list of resources."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for

from blog_api.api.addresses import absolute
from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import public
from blog_api.schemas import site as schemas

BASE = "/api/v1"
blueprint = Blueprint(
    "site", __name__, url_prefix=BASE, description="The site, and the resources of the API."
)


@blueprint.route("")
@public
@blueprint.returns(200, schemas.Root())
def read_root() -> Any:
    """List the resources

    Returns the settings of the site, and the URLs of all resources that need no id.
    """
    settings = current_app.config
    site = {name: settings[f"SITE_{name.upper()}"] for name in ("title", "description", "language")}
    return {"site": {**site, "timezone": str(settings["SITE_TIMEZONE"])}, "links": _links()}


def _links() -> dict[str, str]:
    """Return the URL of each route that can be read without arguments, by its path."""
    endpoints = {
        rule.rule.removeprefix(f"{BASE}/").replace("/", "_"): rule.endpoint
        for rule in current_app.url_map.iter_rules()
        if rule.rule.startswith(f"{BASE}/") and "GET" in (rule.methods or ()) and not rule.arguments
    }
    endpoints |= {"openapi": "documentation.show_openapi", "docs": "documentation.show_docs"}
    if current_app.config["POST_URL"]:
        endpoints |= {name: f"feeds.show_{name}" for name in ("atom", "rss", "json_feed")}
        endpoints["sitemap"] = "sitemaps.show_sitemap"
    return {name: absolute(url_for(endpoint)) for name, endpoint in sorted(endpoints.items())}
