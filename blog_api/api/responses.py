"""Build the responses of views: body, ETag, cache headers and links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import orjson
from flask import Response, request, stream_with_context

from blog_api.api.addresses import absolute, address_of, query_without, with_parameters
from blog_api.api.caching import cache_headers, entity_tag
from blog_api.api.edge import Edge, shared_headers
from blog_api.auth.access import current_viewer
from blog_api.context import SAFE_METHODS
from blog_api.paging.pages import Page
from blog_api.schemas.dumping import Dump


def to_response(result: Any, status: int, dump: Dump | None, edge: Edge | None) -> Response:
    """Build the response, with its ETag and cache headers, unless the view has built it."""
    if isinstance(result, Response):
        return result
    result, own, status = (*result, status)[:3] if type(result) is tuple else (result, {}, status)
    if "Location" in own:
        own = {**own, "Location": absolute(own["Location"])}
    if dump is None:
        response = Response(status=status, headers=own)
        del response.headers["Content-Type"]
        return response
    is_page = isinstance(result, Page)
    body = orjson.dumps(dump(result.as_dict() if is_page else result), option=orjson.OPT_UTC_Z)
    version = None if is_page else result.get("version")
    # A list, because Werkzeug is slower with a dict and with headers set one by one.
    headers = [*own.items(), *_cache_headers(result, edge)]
    if is_page or version is not None or "pagination" in result:
        headers.append(("ETag", entity_tag(body, version)))
    if is_page:
        headers += _links(result)
    return Response(body, status, headers, content_type="application/json")


def to_document(body: bytes, content_type: str, page: Page, edge: Edge) -> Response:
    """Build the response for a document that shows a page of a list, with the ETag and cache headers of a list."""
    headers = [*_cache_headers(page, edge), ("ETag", entity_tag(body))]
    return Response(body, 200, headers, content_type=content_type)


def to_stream(
    parts: Iterator[str] | Iterator[bytes], content_type: str, keys: Collection[str] = ()
) -> Response:
    """Build a response that is sent part by part, without an ETag, which would require all of it.

    Shared caches can keep a public one with `keys`.
    """
    private = current_viewer() is not None
    shared = shared_headers(keys) if keys and not private else None
    headers = {**cache_headers(private=private), **(shared or {})}
    return Response(stream_with_context(parts), headers=headers, content_type=content_type)


def _cache_headers(result: Any, edge: Edge | None) -> Iterable[tuple[str, str]]:
    private = current_viewer() is not None
    shared = edge.headers(result) if edge and not private and request.method in SAFE_METHODS else None
    return {**cache_headers(private=private), **(shared or {})}.items()


def _links(page: Page) -> Iterator[tuple[str, str]]:
    """Yield Link headers (RFC 8288) to the next and the previous page, with the filters of this request."""
    address = with_parameters(address_of(request.path), query_without("cursor", "offset"))
    for rel, cursor in (("next", page.next_cursor), ("prev", page.prev_cursor)):
        if cursor:
            yield "Link", f'<{with_parameters(address, f"cursor={cursor}")}>; rel="{rel}"'
