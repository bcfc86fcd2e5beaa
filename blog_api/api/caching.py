"""ETag, conditional requests, Cache-Control and Vary. Knows nothing about the resources themselves."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import current_app, request
from werkzeug.http import remove_entity_headers
from werkzeug.wsgi import ClosingIterator

from blog_api.context import SAFE_METHODS
from blog_api.problems import BadRequest, PreconditionFailed, PreconditionRequired

# RFC 9110, sections 5.6.1 and 8.8.3. Elements of a list can be empty.
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile("(?P<kind>[a-z]*)(?P<version>[1-9][0-9]{0,9})(?=-|$)")
_TAG_LIST = re.compile(rf"[ \t,]*{_TAG.pattern}([ \t]*,[ \t,]*{_TAG.pattern})*[ \t,]*")


def entity_tag(body: bytes, version: int | str | None = None) -> str:
    """Return a strong entity tag: a digest of the body, prefixed with the version for If-Match."""
    # CPUs have instructions for SHA-256.
    digest = hashlib.sha256(body, usedforsecurity=False).hexdigest()[:16]
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


class ConditionalGet:
    """WSGI middleware that responds 304 if If-None-Match has the current ETag (RFC 9110, 13.1.2)."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app, and drop the body if the client already has it."""
        if_none_match = environ.get("HTTP_IF_NONE_MATCH")
        if if_none_match is None or environ["REQUEST_METHOD"] not in SAFE_METHODS:
            return self._app(environ, start_response)
        is_unchanged = False

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            nonlocal is_unchanged
            tag = next((value for name, value in headers if name == "ETag"), None)
            if tag is not None and status.startswith("200") and _matches(tag, if_none_match):
                is_unchanged, status = True, "304 NOT MODIFIED"
                remove_entity_headers(headers)
            return start_response(status, headers, *error)

        body = self._app(environ, start)
        return ClosingIterator([], getattr(body, "close", None)) if is_unchanged else body


def _matches(tag: str, if_none_match: str) -> bool:
    """Return whether the header has this entity tag, by weak comparison."""
    if tag == if_none_match or if_none_match.strip() == "*":
        return True
    opaque = [found for _, found in _TAG.findall(tag)]
    return is_tag_list(if_none_match) and any(found in opaque for _, found in _TAG.findall(if_none_match))


def is_tag_list(header: str) -> bool:
    """Return whether the value of If-Match or If-None-Match is `*` or a list of quoted entity tags."""
    return header.strip() == "*" or _TAG_LIST.fullmatch(header) is not None


def if_match_header() -> str | None:
    """Return the If-Match header of this request."""
    return request.headers.get("If-Match")


def check_version(version: int) -> None:
    """Check the If-Match header of this request. Raises the same exceptions as `match_version`."""
    match_version(if_match_header(), version)


def match_version(header: str | None, version: int, kind: str = "") -> None:
    """Compare an If-Match value with the version of the object to be changed (RFC 9110, 13.1.1).

    `kind` precedes the version in the entity tags of working copies.

    Raises PreconditionFailed if it is stale, PreconditionRequired if it is missing and REQUIRE_IF_MATCH is on, and
    BadRequest if it is not a list of entity tags.
    """
    if header is None:
        if current_app.config["REQUIRE_IF_MATCH"]:
            raise PreconditionRequired
        return
    if not is_tag_list(header):
        raise BadRequest("If-Match must be * or a list of quoted entity tags.")
    if header.strip() == "*":
        return
    if version not in versions_in(header, kind):
        raise PreconditionFailed


def versions_in(header: str, kind: str = "") -> set[int]:
    """Return the versions of this kind in an If-Match value."""
    # Weak tags never match, because If-Match uses strong comparison.
    named = (_VERSION.match(tag) for weak, tag in _TAG.findall(header) if not weak)
    return {int(found["version"]) for found in named if found and found["kind"] == kind}


def cache_headers(*, private: bool) -> dict[str, str]:
    """Return the cache headers: anonymous responses must be revalidated, `private` ones must not be stored."""
    # Not even by the browser: its cache is on disk, where the next user of the computer could read it.
    return {"Cache-Control": "no-store" if private else "no-cache", "Vary": "Authorization"}
