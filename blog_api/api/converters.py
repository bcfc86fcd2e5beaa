"""What may stand in a path: how an id and a slug are read, and what the OpenAPI document says of them."""

from __future__ import annotations

import flask_smorest
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from blog_api.paging.cursors import MAX_INTEGER
from blog_api.text.slugs import MAX_SLUG, SLUG_PATTERN


class IdConverter(BaseConverter):
    """An id in a path: decimal, without sign or leading zeros, and one that the database can hold."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        if int(value) > MAX_INTEGER:
            # ValidationError would try the other methods of the path, and end as 405.
            raise NotFound
        return int(value)


class SlugConverter(BaseConverter):
    """A slug in a path. What cannot be one, NUL above all, never comes near the database."""

    regex = SLUG_PATTERN.strip("^$")


def init_app(app: Flask) -> None:
    """Let routes say `<id:...>` and `<slug:...>`. A path has one spelling: another is not there, not redirected."""
    app.url_map.converters |= {"id": IdConverter, "slug": SlugConverter}
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False


def document(api: flask_smorest.Api) -> None:
    """Describe the converters in the OpenAPI document of `api`."""
    api.register_converter(
        IdConverter, lambda converter: {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER}
    )
    api.register_converter(
        SlugConverter, lambda converter: {"type": "string", "pattern": SLUG_PATTERN, "maxLength": MAX_SLUG}
    )
