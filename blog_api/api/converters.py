"""URL converters for ids, slugs, usernames and names of pictures, and their OpenAPI schemas."""

from __future__ import annotations

import flask_smorest
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter

from blog_api.media.objects import NAME_PATTERN
from blog_api.paging.cursors import ID_PATTERN, MAX_INTEGER
from blog_api.text.slugs import MAX_SLUG, SLUG_PATTERN

USERNAME_PATTERN = "[A-Za-z0-9_.-]{3,50}"


class IdConverter(BaseConverter):
    """An id: decimal, without sign or leading zeros, and within the range of the database column."""

    regex = ID_PATTERN

    def to_python(self, value: str) -> int:
        if int(value) > MAX_INTEGER:
            # With ValidationError, werkzeug would try the rules of other methods and respond 405.
            raise NotFound
        return int(value)


class SlugConverter(BaseConverter):
    """A slug. Invalid ones, such as those with NUL, never reach the database."""

    regex = SLUG_PATTERN.strip("^$")


class UsernameConverter(BaseConverter):
    """A username, in any case."""

    regex = USERNAME_PATTERN


class SecretConverter(BaseConverter):
    """A secret, such as the token of a preview, or an id. Logs and problems leave it out."""

    regex = "[A-Za-z0-9_-]{1,100}"


class PictureConverter(BaseConverter):
    """The name of a stored picture."""

    regex = NAME_PATTERN
    part_isolating = False


def init_app(app: Flask) -> None:
    """Register the converters of this module. Other spellings of a path get 404 and are not redirected."""
    app.url_map.converters |= {
        "id": IdConverter,
        "picture": PictureConverter,
        "secret": SecretConverter,
        "slug": SlugConverter,
        "username": UsernameConverter,
    }
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False


def document(api: flask_smorest.Api) -> None:
    """Register the OpenAPI schemas of the converters."""
    api.register_converter(
        IdConverter, lambda converter: {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER}
    )
    api.register_converter(
        SecretConverter,
        lambda converter: {"type": "string", "pattern": f"^{SecretConverter.regex}$", "maxLength": 100},
    )
    api.register_converter(
        SlugConverter, lambda converter: {"type": "string", "pattern": SLUG_PATTERN, "maxLength": MAX_SLUG}
    )
    api.register_converter(
        UsernameConverter,
        lambda converter: {"type": "string", "pattern": f"^{USERNAME_PATTERN}$", "maxLength": 50},
    )
