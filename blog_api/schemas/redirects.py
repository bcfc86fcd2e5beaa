"""Redirect schemas."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from marshmallow import ValidationError, fields

from blog_api.paging.cursors import Key
from blog_api.schemas.base import Message, Schema
from blog_api.schemas.content_fields import URL, URL_CHARACTER
from blog_api.schemas.fields import Choice, Integer, OutputString, Pattern, Text
from blog_api.schemas.paging import PageQuery, page_of
from blog_api.text.paths import MAX_PATH, canonical_path
from blog_api.text.slugs import MAX_SLUG

MAX_TARGET = 2000
SOURCES = ("alias", "former", "redirect")
FORMATS = ("netlify", "nginx")
_PATH_MESSAGE = (
    "This must be a path such as /2020/01/31/hello/, without a query; percent-encode special characters."
)
_TARGET_MESSAGE = "This must be a path such as /about/, or an http or https URL, without .. in its path."
# Of ASCII, only unreserved characters (RFC 3986), slashes and percent signs. Other letters are encoded when stored.
_PATH = r"/[^\x00-$&-,:-@\[-^`{-}\x7f-\x9f\u2028\u2029]+"
# Browsers read two slashes as the start of a host name.
_TARGET = rf"/(?:[!#-.0-;=?-\[\]_a-z~]{URL_CHARACTER}*)?|{URL}"


class RequestedPath(Text):
    """A path that a client of the site has requested. Load it percent-encoded."""

    shortest = 1
    pattern = "^/"
    message = "This must be an absolute path."

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(self.shortest, MAX_PATH, **kwargs)
        self.metadata = {**self.metadata, "pattern": self.pattern}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        path = super()._deserialize(value, attr, data, **kwargs)
        try:
            if not re.search(self.pattern, path):
                raise ValueError
            return canonical_path(path)
        except ValueError as error:
            raise ValidationError(Message(self.message, "malformed")) from error


class SitePath(RequestedPath):
    """An absolute path of the site. Load it percent-encoded."""

    shortest = 2
    pattern = f"^{_PATH}$"
    message = _PATH_MESSAGE


class TargetUrl(Pattern):
    """The target of a redirect: a path of the site, or a URL."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(_TARGET, 1, MAX_TARGET, message=_TARGET_MESSAGE, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        target = super()._deserialize(value, attr, data, **kwargs)
        # Browsers resolve relative segments.
        segments = {unquote(segment) for segment in urlsplit(target).path.split("/")}
        if not segments.isdisjoint((".", "..")):
            raise ValidationError(Message(_TARGET_MESSAGE, "malformed"))
        return target


class NewRedirect(Schema):
    """A new redirect."""

    to = TargetUrl(required=True, metadata={"example": "/about/"})

    class Meta:
        # `from` is a keyword of Python.
        include = {"from": SitePath(required=True, metadata={"example": "/info.html"})}


class Redirect(Schema):
    """A redirect of the site."""

    id = Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Null for aliases and former addresses, which belong to a post, a tag or a user.",
            "example": 1,
        },
    )
    to = OutputString(
        MAX_TARGET,
        "/about/",
        allow_none=True,
        metadata={
            "description": "A path or a URL. Null for an alias if the service does not know the URLs of the site."
        },
    )
    source = fields.String(
        required=True,
        metadata={
            "enum": list(SOURCES),
            "description": "`alias` of a post, `former` address of a post, tag or user, or `redirect` by an editor.",
            "example": "redirect",
        },
    )

    class Meta:
        include = {"from": OutputString(MAX_PATH, "/info.html")}
        fields = ("id", "from", "to", "source")


RedirectPage = page_of(Redirect(), "RedirectPage")


class RedirectQuery(PageQuery):
    """The query parameters of the list of redirects."""

    sort_keys: ClassVar[dict[str, type[Key]]] = {"source": int}
    presentation = PageQuery.presentation | {"format"}

    format = Choice(
        FORMATS,
        metadata={
            "description": "Return all redirects as text: the `_redirects` file of Netlify, or the entries of a `map` "
            "of nginx."
        },
    )

    def default_sort(self, data: dict[str, Any]) -> str:
        return "source"


class ResolveQuery(Schema):
    """The query parameters of a path to resolve."""

    path = RequestedPath(
        required=True,
        metadata={"description": "A path of the site, present or former.", "example": "/2020/01/31/hello/"},
    )


class Resolved(Schema):
    """The post, tag or user that the site shows at a path."""

    type = fields.String(required=True, metadata={"enum": ["post", "tag", "user"], "example": "post"})
    id = Integer(required=True, metadata={"example": 1})
    slug = OutputString(MAX_SLUG, "hello-world", metadata={"description": "Of a user, the username."})
    url = OutputString(
        1000,
        "https://example.com/hello-world/",
        allow_none=True,
        metadata={"description": "The present URL. Null if the service does not know the URLs of the site."},
    )
