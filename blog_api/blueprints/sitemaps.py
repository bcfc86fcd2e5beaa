"""/sitemap.xml and /robots.txt, for search engines. They are not part of the API and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import cache_headers, entity_tag
from blog_api.api.responses import to_stream
from blog_api.auth.access import public
from blog_api.crud.sitemap import Part
from blog_api.services import sitemaps
from blog_api.services.feeds import site_root

blueprint = Blueprint("sitemaps", __name__, documented=False)

# The sitemap lists posts, tags and authors, so it changes with any of them.
KEYS = ("posts", "tags", "users")
ROBOTS = "User-agent: *\nAllow: /\n\nSitemap: {}sitemap.xml\n"


@blueprint.route("/sitemap.xml")
@public
@blueprint.own_transactions
def show_sitemap() -> Response:
    """Return the sitemap of the site, or an index of its parts."""
    return _stream(sitemaps.write_whole())


@blueprint.route("/sitemaps/<any(posts, tags, authors):part>-<id:number>.xml")
@public
@blueprint.own_transactions
def show_part(part: Part, number: int) -> Response:
    """Return a part of the sitemap."""
    return _stream(sitemaps.write_part(part, number))


@blueprint.route("/robots.txt")
@public
@blueprint.own_transactions
def show_robots() -> Response:
    """Return the address of the sitemap, for crawlers."""
    body = ROBOTS.format(site_root()).encode()
    headers = {**cache_headers(private=False), "ETag": entity_tag(body)}
    return Response(body, headers=headers, content_type="text/plain; charset=utf-8")


def _stream(lines: Iterator[str]) -> Response:
    return to_stream(lines, "application/xml; charset=utf-8", KEYS)
