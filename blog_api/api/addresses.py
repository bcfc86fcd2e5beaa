"""Public addresses of the service, below a path prefix and behind a proxy. No address comes from the Host header."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote_plus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, appcontext_pushed, current_app, request

from blog_api.context import exchange
from blog_api.text.permalinks import Permalinks


def address_of(path: str) -> str:
    """Return the address of a path of this service: a URL with PUBLIC_URL, otherwise a path below the prefix."""
    return absolute(request.script_root + path)


def absolute(path: str) -> str:
    """Add the scheme and host of PUBLIC_URL, if it is set, to a path that includes the prefix, as of `url_for`."""
    origin: str = current_app.config["PUBLIC_ORIGIN"]
    return origin + path


def query_without(*names: str) -> str:
    """Return the query string of this request, as it was sent, without these parameters."""
    query = request.query_string.decode()
    parts = [part for part in query.split("&") if unquote_plus(part.partition("=")[0]) not in ("", *names)]
    return "&".join(parts)


def with_parameters(url: str, parameters: str) -> str:
    """Return a URL, which can have a query string, with more of these parameters, if any."""
    return f"{url}{'&' if '?' in url else '?'}{parameters}" if parameters else url


def init_app(app: Flask) -> None:
    """Provide the URLs of the site to each request and each command."""
    settings = app.config
    permalinks = Permalinks(
        settings["POST_URL"],
        settings["TAG_URL"],
        settings["AUTHOR_URL"],
        settings["SITE_TIMEZONE"],
        settings["PUBLIC_URL"],
        settings["PUBLIC_URL"] or settings["SCRIPT_NAME"] or "",
    )

    def provide(_app: Flask, **_kwargs: object) -> None:
        exchange.permalinks = permalinks

    # A strong reference: signals keep weak ones by default.
    appcontext_pushed.connect(provide, app, weak=False)


class PathPrefix:
    """WSGI middleware that moves the path prefix from PATH_INFO to SCRIPT_NAME, unless the proxy has stripped it."""

    def __init__(self, app: WSGIApplication, flask: Flask) -> None:
        """Wrap `app`, with the prefix of PUBLIC_URL and SCRIPT_NAME in the configuration of `flask`."""
        settings = flask.config
        self._app = app
        self._public: str | None = settings["PUBLIC_PREFIX"]
        self._prefixes = {prefix for prefix in (self._public, settings["SCRIPT_NAME"]) if prefix}
        self._rules = {rule.rule for rule in flask.url_map.iter_rules()} - {"/"}
        self._names = set(map(_first_segment, self._rules))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Call the app with the path below the prefix."""
        for prefix in () if environ.get("SCRIPT_NAME") else self._prefixes:
            path = environ.get("PATH_INFO", "")
            if self._has_prefix(path, prefix):
                environ["PATH_INFO"] = path.removeprefix(prefix) or "/"
                environ["SCRIPT_NAME"] = prefix
                break
        if self._public is not None:
            environ["SCRIPT_NAME"] = self._public
        return self._app(environ, start_response)

    def _has_prefix(self, path: str, prefix: str) -> bool:
        """Return whether the path still has the prefix.

        With the prefix `/api`, a proxy that strips it forwards `/api/v1/posts` for `/api/api/v1/posts`.
        """
        if path != prefix and not path.startswith(f"{prefix}/"):
            return False
        if _first_segment(path) not in self._names:
            return True
        rest = _first_segment(path.removeprefix(prefix))
        return rest in self._names if rest else path not in self._rules


def _first_segment(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
