"""The addresses of a blog: its URL, its pages, and the pictures that it serves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

# What Ghost stores instead of the URL of the blog.
_PLACEHOLDER = "__GHOST_URL__"
# Ghost serves smaller and converted pictures at these paths. The rest of the path is that of the original.
_PICTURE = re.compile(r"/content/images/(?:size/w\d+(?:h\d+)?/)?(?:format/\w+/)?([^?#]+)")


@dataclass(slots=True)
class Addresses:
    """The addresses of a blog at `url`, or at an unknown URL. `has_pictures` says whether its pictures are imported."""

    url: str = ""
    has_pictures: bool = False
    root: str = field(init=False)
    _own: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the path of the home page, without a slash at its end, and a pattern for URLs of the blog."""
        self.url = self.url.rstrip("/")
        self.root = urlsplit(self.url).path
        own = _PLACEHOLDER
        if self.url:
            host = re.escape(self.url.partition("://")[2])
            # In attributes, but not in text.
            own += rf"|(?<=[\"'\s,(])(?:https?:)?//{host}(?=[/\"'\s,)?#])"
        self._own = re.compile(f"(?:{own})(/content/)?", re.IGNORECASE)

    def make_relative(self, html: str) -> str:
        """Replace the URL of the blog by paths, except in the addresses of files that are not imported."""

        def replace(match: re.Match[str]) -> str:
            content = match[1] or ""
            return (self.root if self.has_pictures or not content else self.url or self.root) + content

        return self._own.sub(replace, html)

    def make_absolute(self, url: str) -> str:
        """Return a URL with that of the blog, if it is known. Pictures to import keep their paths."""
        if self.has_pictures and self.picture(url):
            return url
        return url.replace(_PLACEHOLDER, self.url or self.root)

    def on_site(self, target: str) -> str:
        """Return the path for a URL of the blog, and any other target unchanged."""
        url = self.make_absolute(target)
        is_own = bool(self.url) and url.lower().startswith(f"{self.url.lower()}/")
        return url[len(self.url) - len(self.root) :] if is_own else url

    def path_of(self, page: str) -> str:
        """Return the path of a page on the former site."""
        return f"{self.root}/{page.strip('/')}/"

    def picture(self, url: str) -> str | None:
        """Return the path of an original picture below `content/images`, or None if the blog does not serve it."""
        scheme, _, rest = url.partition("://")
        if rest and scheme.lower() in ("http", "https"):
            own = self.url.partition("://")[2]
            if not own or not rest.lower().startswith(f"{own.lower()}/"):
                return None
            url = rest[len(own) :]
        else:
            url = url.removeprefix(_PLACEHOLDER).removeprefix(self.root)
        match = _PICTURE.match(url)
        return unquote(match[1]) if match else None
