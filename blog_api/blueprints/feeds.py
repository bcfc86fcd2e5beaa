"""/feeds: the published posts as Atom, RSS and JSON Feed. They are not part of the API and its OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request

from blog_api.api.addresses import query_without, with_parameters
from blog_api.api.blueprint import Blueprint
from blog_api.api.edge import Edge
from blog_api.api.responses import to_document
from blog_api.auth.access import public
from blog_api.schemas.feeds import FeedQuery
from blog_api.schemas.posts import PostPage
from blog_api.services import feeds
from blog_api.text.feeds.feed import Feed
from blog_api.text.feeds.json_feed import write_json
from blog_api.text.feeds.xml import write_atom, write_rss

blueprint = Blueprint("feeds", __name__, url_prefix="/feeds", documented=False)

QUERY, EDGE = FeedQuery(), Edge(PostPage())


@blueprint.route("/atom.xml")
@public
@blueprint.query(QUERY)
def show_atom(query: dict[str, Any]) -> Response:
    """Return the newest posts as Atom 1.0."""
    return _respond(query, write_atom, "application/atom+xml")


@blueprint.route("/rss.xml")
@public
@blueprint.query(QUERY)
def show_rss(query: dict[str, Any]) -> Response:
    """Return the newest posts as RSS 2.0."""
    return _respond(query, write_rss, "application/rss+xml")


@blueprint.route("/feed.json")
@public
@blueprint.query(QUERY)
def show_json_feed(query: dict[str, Any]) -> Response:
    """Return the newest posts as JSON Feed 1.1."""
    return _respond(query, write_json, "application/feed+json")


def _respond(query: dict[str, Any], write: Callable[[Feed], bytes], content_type: str) -> Response:
    settings = current_app.config
    site = feeds.Site(settings["SITE_TITLE"], settings["SITE_DESCRIPTION"], settings["SITE_LANGUAGE"])
    found, feed = feeds.read_feed(site, query["filters"], query["page"], _url(), _url("cursor"))
    return to_document(write(feed), f"{content_type}; charset=utf-8", found, EDGE)


def _url(*without: str) -> str:
    """Return the address of this feed below the site, without these parameters."""
    url = feeds.site_root().rstrip("/") + request.path
    return with_parameters(url, query_without(*without))
