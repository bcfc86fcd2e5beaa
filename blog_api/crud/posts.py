"""Queries of posts. Every statement starts from a condition of policies/posts.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import orjson

from blog_api.crud.pages import read_page
from blog_api.crud.post_statements import (
    LIST_FIELDS,
    SEARCH_FIELDS,
    ListForm,
    listing_of,
    post_statement,
)
from blog_api.crud.rows import read_one
from blog_api.crud.stored_posts import MISSING
from blog_api.paging.cursors import MAX_INTEGER
from blog_api.paging.pages import Listing, Page, PageRequest
from blog_api.policies.posts import parameters_of
from blog_api.policies.viewers import Viewer, audience_of
from blog_api.problems import Unauthorized
from blog_api.text.excerpts import excerpter
from blog_api.text.folding import fold
from blog_api.text.search import parse_query

# Filters whose value is the parameter.
_AS_GIVEN = (
    "q",
    "any_tag",
    "without_tag",
    "has_tags",
    "published_after",
    "published_before",
    "updated_after",
)
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


def list_posts(
    filters: dict[str, Any], page: PageRequest, viewer: Viewer | None, fields: Iterable[str] | None = None
) -> Page:
    """A page of the posts that pass all filters. One query, one more for a total.

    Raises what `filtered_posts` raises.
    """
    shown = frozenset(fields or (SEARCH_FIELDS if "q" in filters else LIST_FIELDS))
    listing, parameters = filtered_posts(filters, viewer, page.sort.lstrip("-"), shown)
    found = read_page(listing, page, parameters)
    if "excerpt" in shown:
        excerpt = excerpter(parse_query(filters["q"]))
        found.data[:] = map(orjson.loads, found.data)
        for post in found.data:
            post["excerpt"] = excerpt(post["excerpt"])
    return found


def filtered_posts(
    filters: dict[str, Any], viewer: Viewer | None, sort: str, fields: frozenset[str]
) -> tuple[Listing, dict[str, Any]]:
    """The list of the posts that pass all filters, with `fields` as its columns, and its parameters.

    Raises Unauthorized where somebody unknown asks for what is not published.
    """
    status, trashed = filters.get("status"), filters.get("trashed", False)
    if viewer is None and (trashed or status not in (None, "published")):
        raise Unauthorized("Only published posts are there for everyone; log in to see your own.")
    values = _filter_values(filters)
    form = ListForm(audience_of(viewer), status, sort, fields, tuple(values), trashed)
    searched = parse_query(filters["q"]).parameters if "q" in filters else {}
    return listing_of(form), parameters_of(viewer) | values | searched


def _filter_values(filters: dict[str, Any]) -> dict[str, Any]:
    """The parameters of the filters that are given; their names are those that their conditions have."""
    values: dict[str, Any] = {f"tag_{n}": slug for n, slug in enumerate(filters.get("tag") or ())}
    values |= {name: filters[name] for name in _AS_GIVEN if name in filters}
    if part := filters.get("title_contains"):
        values["title_contains"] = part.translate(_LOWER)
    return values | _author_values(filters.get("author") or ())


def _author_values(authors: Sequence[str]) -> dict[str, Any]:
    ids = [min(int(author), MAX_INTEGER) for author in authors if author.isdigit()]
    keys = [fold(author) for author in authors if not author.isdigit()]
    # One alone has an index in the order of its list.
    match ids, keys:
        case [], []:
            return {}
        case [author_id], []:
            return {"author_id": author_id}
        case [], [key]:
            return {"author_key": key}
    return {"author_ids": ids, "author_keys": keys}


def read_post(
    viewer: Viewer | None, *, post_id: int | None = None, slug: str | None = None
) -> dict[str, Any]:
    """One post by id or slug, whole. Raises NotFound where there is none, or none that they may see."""
    parameters = parameters_of(viewer) | {"wanted": post_id if slug is None else slug}
    statement = post_statement(audience_of(viewer), "id" if slug is None else "slug")
    return read_one(statement, parameters, MISSING)
