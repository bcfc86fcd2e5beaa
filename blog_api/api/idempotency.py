"""Idempotency-Key: a request that is sent again with the same key is answered again, and not done again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from flask import Response, g, request

from blog_api.auth.access import current_viewer
from blog_api.crud import idempotency as crud
from blog_api.paging.pages import AnyRow
from blog_api.problems import BadRequest, IdempotencyKeyInUse, IdempotencyKeyReused

MAX_KEY = 255
# Without the comma, which a second header of this name would bring in.
KEY_PATTERN = r"^[!-+\--~]+$"
_KEY = re.compile(KEY_PATTERN)


def run_once(view: Callable[[], Response]) -> Response:
    """The reply of `view`, or the one that it gave before to this request of this user under the same key.

    The reply is kept in the transaction of the request: what fails is not kept, and may be tried again with the same
    key. Raises IdempotencyKeyInUse while the first request is under way, IdempotencyKeyReused where that was another
    one, BadRequest where the key cannot be one.
    """
    key, viewer = request.headers.get("Idempotency-Key"), current_viewer()
    if key is None or viewer is None:
        return view()
    if len(key) > MAX_KEY or not _KEY.fullmatch(key):
        raise BadRequest(f"An Idempotency-Key has 1 to {MAX_KEY} visible ASCII characters, and no comma.")
    digest, kept = _request_digest(), crud.claim_key(viewer.id, key)
    if not kept.acquired:
        raise IdempotencyKeyInUse
    if kept.digest is None:
        response = view()
        reply = response.status_code, list(response.headers), response.data
        if not crud.store_response(viewer.id, key, digest, *reply):
            # Somebody was done with it while we claimed it: all that we did is rolled back.
            raise IdempotencyKeyInUse
        return response
    if kept.digest != digest:
        raise IdempotencyKeyReused
    return _replay(kept)


def _request_digest() -> str:
    """What makes two requests the same: where they go, and every byte of what they say."""
    address = request.path.encode() + b"?" + request.query_string
    return hashlib.sha256(address + b"\n" + g.get("body", b"")).hexdigest()


def _replay(kept: AnyRow) -> Response:
    response = Response(kept.body, kept.status)
    # None but those that were there: a reply without a body has no type.
    response.headers.clear()
    response.headers.extend(kept.headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response
