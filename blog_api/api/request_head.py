"""Decide what a request line and its headers may be, before the response cache and Flask see them.

The WSGI server parses leniently. Requests that it cannot parse are passed on by the worker (api/worker.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask
from werkzeug import exceptions

from blog_api.api.caching import is_tag_list
from blog_api.context import exchange
from blog_api.problems import BadRequest, HeadersTooLarge, NotFound, Problem, UriTooLong

# Below gunicorn's limits (gunicorn.conf.py), so that the error says what this service allows.
MAX_PATH = 4096
MAX_URI = 8000
MAX_HEADERS = 100
MAX_HEADER_BYTES = 16_000
# The key in the WSGI environment of the error in a request that the server could not parse.
REJECTION = "blog_api.rejection"

# RFC 9112, section 3.2: the absolute form of a request target, without user information.
_ABSOLUTE_FORM = re.compile(r"https?://[^/?#@]+(?P<path>/[^?#]*)?", re.IGNORECASE)
# RFC 3986, section 3.3: characters of a path that need no percent-encoding.
_PATH_CHARACTERS = "/~!$&'()*+,;=:@"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(:[0-9]*)?")


class RequestHead:
    """WSGI middleware that checks the request line and the headers. Flask raises the error as its first step."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app."""
        exchange.rejection = environ.get(REJECTION)
        if exchange.rejection is None:
            try:
                _check(environ)
            except (Problem, exceptions.HTTPException) as error:
                exchange.rejection = error
        # RFC 9110, section 4.2.3: an empty path is the same as `/`. Werkzeug would redirect to the Host header.
        environ["PATH_INFO"] = environ.get("PATH_INFO") or "/"
        return self._app(environ, start_response)


def _check(environ: WSGIEnvironment) -> None:
    target = environ.get("RAW_URI")
    if target is not None:
        _check_target(target)
    _check_headers(environ)


def _check_target(target: str) -> None:
    """Raise UriTooLong, BadRequest if it is neither a path nor a URL, or NotFound for another spelling of a path."""
    path = target.partition("?")[0]
    if len(target) > MAX_URI or len(path) > MAX_PATH:
        raise UriTooLong(
            f"The path is limited to {MAX_PATH} bytes, and to {MAX_URI} bytes including the query."
        )
    if not path.startswith("/"):
        found = _ABSOLUTE_FORM.fullmatch(path)
        if found is None:
            raise BadRequest("The request target must be a path or an http URL.")
        path = found["path"] or "/"
    if "#" in target:
        raise BadRequest("The request target must not have a fragment.")
    if "%" in path and quote(unquote_to_bytes(path), safe=_PATH_CHARACTERS) != path:
        # A path has one spelling, so that rules of proxies, logs and caches apply to all requests for it.
        raise NotFound("The path encodes characters that need no percent-encoding, or in lower case.")


def _check_headers(environ: WSGIEnvironment) -> None:
    """Raise HeadersTooLarge, BadRequest for a malformed header, or NotImplemented for a compressed transfer."""
    sizes = [len(name) - 5 + len(value) for name, value in environ.items() if name[:5] == "HTTP_"]
    if len(sizes) > MAX_HEADERS or sum(sizes) > MAX_HEADER_BYTES:
        raise HeadersTooLarge(f"Send at most {MAX_HEADERS} headers and {MAX_HEADER_BYTES} bytes of headers.")
    host = environ.get("HTTP_HOST")
    # RFC 9112, section 3.2.
    if host is None and environ.get("SERVER_PROTOCOL") == "HTTP/1.1":
        raise BadRequest("The Host header is missing.")
    if host and not _HOST.fullmatch(host):
        raise BadRequest("The Host header is malformed.")
    # Without quotes the tag would never match, so the client would download the whole response every time.
    if not is_tag_list(environ.get("HTTP_IF_NONE_MATCH", "*")):
        raise BadRequest("If-None-Match must be * or a list of quoted entity tags.")
    # gunicorn decodes chunks only, and would pass on a compressed body as it is.
    if environ.get("HTTP_TRANSFER_ENCODING", "chunked").lower() != "chunked":
        raise exceptions.NotImplemented("The only supported Transfer-Encoding is chunked.")


def _raise_rejection() -> None:
    if exchange.rejection is not None:
        raise exchange.rejection


def init_app(app: Flask) -> None:
    """Answer requests with a rejected head before anything else."""
    app.before_request(_raise_rejection)
