"""The Blueprint of this project: flask-smorest's, plus strict input, access, rate limits, transactions and caching.

The decorators of a view declare its input, its output and what else it needs; `pipeline.py` runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask_smorest
from flask import Flask, Response
from marshmallow import Schema

from blog_api.api import converters, dry_runs, uploads
from blog_api.api.deprecations import announce
from blog_api.api.edge import Edge
from blog_api.api.idempotency import MaySee
from blog_api.api.openapi import api as openapi
from blog_api.api.openapi import views as openapi_views
from blog_api.api.pipeline import PARSER, View, wrap
from blog_api.api.responses import to_response
from blog_api.context import SAFE_METHODS
from blog_api.schemas.dumping import compile_dump


class Blueprint(flask_smorest.Blueprint):
    """A flask-smorest blueprint that wraps its views."""

    ARGUMENTS_PARSER = PARSER

    def __init__(
        self,
        *args: Any,
        secret: bool = False,
        dry_run: bool = False,
        documented: bool = True,
        **options: Any,
    ) -> None:
        """Create a blueprint; `secret` if its paths or responses contain secrets, such as tokens.

        Secret responses are stored nowhere: they are sent with `no-store`, and POST takes no Idempotency-Key. Secret
        paths are looked up on the primary, so that a revoked secret stops working at once.

        With `dry_run`, writes take the parameter of that name, except secret ones. Routes that are not part of the API
        are not `documented` in its OpenAPI document.
        """
        super().__init__(*args, **options)
        self.secret, self.dry_run, self.documented = secret, dry_run and not secret, documented

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
    ) -> None:
        """Register the view, wrapped as its access and methods require."""
        methods = options.get("methods", ())
        is_upload = hasattr(view_func, "may_upload")
        view_func.takes_key = not (self.secret or is_upload) and "POST" in methods
        view_func.takes_dry_run = self.dry_run and not set(methods) <= set(SAFE_METHODS)
        view_func.secret = self.secret
        if self.documented:
            openapi_views.document(view_func, rule, options)
        super().add_url_rule(rule, endpoint or view_func.__name__, announce(wrap(view_func)), **options)

    def body(self, schema: Schema) -> Callable[[View], View]:
        """Pass the JSON body to the view, loaded by `schema`."""
        return _mark("takes_body", self.arguments(schema, location="json"))

    def upload(self, schema: Schema, may_upload: uploads.MayUpload) -> Callable[[View], View]:
        """Pass a form with a file to the view, loaded by `schema`.

        The view opens its own transactions. `may_upload` raises Forbidden before the form is received.
        """

        def decorator(view: View) -> View:
            decorated: View = self.arguments(schema, location="files")(self.own_transactions(view))
            decorated.may_upload = may_upload  # type: ignore[attr-defined]
            return decorated

        return decorator

    def query(self, schema: Schema) -> Callable[[View], View]:
        """Pass the query parameters to the view, loaded by `schema`. Without this decorator there are none."""
        return _mark("takes_query", self.arguments(schema, location="query"))

    def returns(
        self,
        status: int,
        schema: Schema | None = None,
        *,
        alt_status: int | None = None,
        sparse: Schema | None = None,
    ) -> Callable[[View], View]:
        """Respond with what the view returns, dumped by `schema`. Pages and objects with a `version` get an ETag.

        The view returns the object, or (object, headers), or (object, headers, status) if the status is `alt_status`.
        `sparse` documents responses to requests that select fields.
        """
        headers = openapi_views.response_headers(status, schema)
        shown = schema if sparse is None else {"anyOf": [schema, sparse]}
        described: Callable[[View], View] = self.response(status, shown, headers=headers)
        described_alt: Callable[[View], View] = (
            self.alt_response(alt_status, schema=schema, headers=headers) if alt_status else lambda view: view
        )
        dump, edge = (compile_dump(schema), Edge(schema)) if schema is not None else (None, None)

        def decorator(view: View) -> View:
            @wraps(view)
            def wrapper(*args: Any, **kwargs: Any) -> Response:
                response = to_response(view(*args, **kwargs), status, dump, edge)
                if self.secret:
                    # RFC 6749, section 5.1.
                    response.headers["Cache-Control"] = "no-store"
                return response

            return described(described_alt(wrapper))

        return decorator

    def own_transactions(self, view: View) -> View:
        """Run the view outside a transaction. It opens its own, and none while it waits for something else.

        After a deadlock the view runs again from the start, so only its first transaction may raise one.
        """
        view.own_transactions = True  # type: ignore[attr-defined]
        return view

    def limited(self, setting: str) -> Callable[[View], View]:
        """Limit how often one address may call the view, by the rates in this setting."""

        def decorator(view: View) -> View:
            view.limited = setting  # type: ignore[attr-defined]
            return view

        return decorator

    def replays_if(self, may_see: MaySee) -> Callable[[View], View]:
        """Replay a stored response only if the viewer may still see what it shows."""

        def decorator(view: View) -> View:
            view.may_see = may_see  # type: ignore[attr-defined]
            return view

        return decorator

    def raises(self, *statuses: int) -> Callable[[View], View]:
        """Document these error statuses, in addition to those that follow from access and input."""

        def decorator(view: View) -> View:
            view.fails = statuses  # type: ignore[attr-defined]
            return view

        return decorator


def _mark(mark: str, decorator: Callable[[View], View]) -> Callable[[View], View]:
    def marked(view: View) -> View:
        decorated = decorator(view)
        setattr(decorated, mark, True)
        return decorated

    return marked


def init_app(app: Flask) -> openapi.Api:
    """Create the Api that blueprints are registered with."""
    converters.init_app(app)
    dry_runs.init_app(app)
    api = app.extensions["openapi"] = openapi.Api(app)
    converters.document(api)
    return api
