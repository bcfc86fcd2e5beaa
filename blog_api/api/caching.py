"""ETag, conditional requests, Cache-Control and Vary: headers only, nothing of what they are about."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import current_app, request
from werkzeug.http import parse_etags, remove_entity_headers, unquote_etag
from werkzeug.wsgi import ClosingIterator

from blog_api.context import SAFE_METHODS
from blog_api.problems import BadRequest, PreconditionFailed, PreconditionRequired

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def entity_tag(body: bytes, version: int | None = None) -> str:
    """A strong tag: a digest of all that is in the body, after the version for If-Match."""
    # For which processors have instructions of their own.
    digest = hashlib.sha256(body, usedforsecurity=False).hexdigest()[:16]
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


class Revalidation:
    """Answers 304 where the client has the reply already (RFC 9110, 13.1.2)."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the app does, without the body where nobody needs it."""
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known is None or environ["REQUEST_METHOD"] not in SAFE_METHODS:
            return self._app(environ, start_response)
        is_known = False

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            nonlocal is_known
            tag = next((text for name, text in headers if name == "ETag"), None)
            if tag is not None and status.startswith("200") and _matches(tag, known):
                is_known, status = True, "304 NOT MODIFIED"
                remove_entity_headers(headers)
            return start_response(status, headers, *error)

        body = self._app(environ, start)
        return ClosingIterator([], getattr(body, "close", None)) if is_known else body


def _matches(tag: str, known: str) -> bool:
    """Whether the list of entity tags has this one. The comparison is the weak one."""
    return tag == known or parse_etags(known).contains_weak(unquote_etag(tag)[0])


def check_version(version: int) -> None:
    """Compare the header If-Match with the version of the object that is about to be changed. Raises as below."""
    match_version(request.headers.get("If-Match"), version)


def match_version(header: str | None, version: int) -> None:
    """Compare an If-Match with the version of the object that is about to be changed.

    Raises PreconditionFailed when it is stale, PreconditionRequired when it is missing and REQUIRE_IF_MATCH is on,
    BadRequest when it is no list of entity tags (RFC 9110, 13.1.1).
    """
    if header is None:
        if current_app.config["REQUIRE_IF_MATCH"]:
            raise PreconditionRequired
        return
    if header.strip() == "*":
        return
    tags = _TAG.findall(header)
    if not tags or _TAG.sub("", header).strip(" ,\t"):
        raise BadRequest("If-Match must be a list of quoted entity tags, or *.")
    # A weak tag never matches here: the comparison is the strong one.
    if not any(tag.partition("-")[0] == str(version) for weak, tag in tags if not weak):
        raise PreconditionFailed


def cache_headers(*, private: bool) -> dict[str, str]:
    """What may be kept, but must be asked about again; a reply to a token is kept by nobody."""
    # Not by its client either: what a browser keeps is on the disk, where the next one at the machine finds it.
    return {"Cache-Control": "no-store" if private else "no-cache", "Vary": "Authorization"}
