"""Idempotency-Key: retries with the same key get the stored response and are not executed again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, g, request

from blog_api.auth.access import current_viewer
from blog_api.crud import idempotency as crud
from blog_api.paging.pages import AnyRow
from blog_api.policies.viewers import Viewer, has_role, require
from blog_api.problems import BadRequest, IdempotencyKeyInUse, IdempotencyKeyReused, NotFound

# Takes the viewer and the JSON of a stored response.
MaySee = Callable[[Viewer, Any], bool]

MAX_KEY = 255
# No comma, which WSGI uses to join repeated headers.
KEY_PATTERN = r"^[!-+\--~]+$"
_KEY = re.compile(KEY_PATTERN)


def run_once(view: Callable[[], Response], may_see: MaySee | None = None) -> Response:
    """Run `view` and store its response under the Idempotency-Key of the user, or replay the stored response.

    The response is stored in the transaction of the request, so a failed request stores nothing and can be retried
    with the same key. Raises IdempotencyKeyInUse while the first request is in progress, IdempotencyKeyReused if it
    was a different request, and BadRequest for an invalid key.

    A stored response does not outlive the right to it. Raises Forbidden if the user has lost the role that they had,
    and NotFound unless `may_see` says that they may still see what the response shows.
    """
    key, viewer = request.headers.get("Idempotency-Key"), current_viewer()
    if key is None or viewer is None:
        return view()
    if len(key) > MAX_KEY or not _KEY.fullmatch(key):
        raise BadRequest(f"Idempotency-Key must have 1 to {MAX_KEY} visible ASCII characters and no comma.")
    digest, stored = _request_digest(), crud.claim_key(viewer.id, key)
    if not stored.acquired:
        raise IdempotencyKeyInUse
    if stored.digest is None:
        response = view()
        content = response.status_code, list(response.headers), response.data
        if not crud.store_response(viewer, key, digest, *content):
            # Another request finished with this key while we claimed it. Raising rolls back our work.
            raise IdempotencyKeyInUse
        return response
    if stored.digest != digest:
        raise IdempotencyKeyReused
    require(stored.role is None or has_role(viewer, stored.role), "Your role no longer allows this request.")
    if may_see is not None and not may_see(viewer, orjson.loads(stored.body)):
        raise NotFound("The response to this request shows what you may no longer see.")
    return _replay(stored)


def _request_digest() -> str:
    """Return a digest of the path, the query string and the body, which identify a request."""
    uri = request.path.encode() + b"?" + request.query_string
    return hashlib.sha256(uri + b"\n" + g.get("body", b"")).hexdigest()


def _replay(stored: AnyRow) -> Response:
    response = Response(stored.body, stored.status)
    # Drop the defaults: a response without a body has no Content-Type.
    response.headers.clear()
    response.headers.extend(stored.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response
