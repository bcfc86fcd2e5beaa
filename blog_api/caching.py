"""ETag, conditional requests, Cache-Control and Vary: headers only, nothing of what they are about."""

from __future__ import annotations

import hashlib
import re

from flask import Request, Response, current_app, request

from blog_api.problems import BadRequest, PreconditionFailed, PreconditionRequired

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def entity_tag(body: bytes, version: int | None = None) -> str:
    """A strong tag, without its quotes: a digest of all that is in the body, after the version for If-Match."""
    # For which processors have instructions of their own.
    digest = hashlib.sha256(body, usedforsecurity=False).hexdigest()[:16]
    return digest if version is None else f"{version}-{digest}"


def revalidate(response: Response, asked: Request) -> Response:
    """The answer to the request: the response, or 304 where the client has it already (RFC 9110, 13.1.2)."""
    if "If-None-Match" in asked.headers:
        response.make_conditional(asked)
    return response


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


def if_match_given() -> bool:
    """Whether the client named the version that it wants to change."""
    return "If-Match" in request.headers


def add_cache_headers(response: Response, *, private: bool) -> Response:
    """Whatever says nothing else may be kept, but must be asked about again; a reply to a token is kept by nobody."""
    # Not by its client either: what a browser keeps is on the disk, where the next one at the machine finds it.
    response.headers.setdefault("Cache-Control", "no-store" if private else "no-cache")
    response.headers.setdefault("Vary", "Authorization")
    return response
