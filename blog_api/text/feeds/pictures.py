"""Absolute URLs of pictures: readers show entries outside of any page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

from blog_api.text.media_paths import PICTURE_PATTERN
from blog_api.text.permalinks import Permalinks


class PictureUrls:
    """Makes the URLs of this service's pictures absolute.

    Without PUBLIC_URL they are paths, which work on the host of the site only.
    """

    def __init__(self, root: str, origin: str) -> None:
        """`root` precedes the paths of pictures, `origin` is the scheme and host of the site."""
        self._root, self._origin = root, origin
        # In `src`, `srcset` and `href`.
        pattern = rf'(?<=[" ]){re.escape(root)}{PICTURE_PATTERN}(?=[" ])'
        self._in_html = None if root.startswith("http") else re.compile(pattern)

    @classmethod
    def of(cls, permalinks: Permalinks) -> Self:
        """Return the URLs for this service and this site."""
        return cls(permalinks.service_root, permalinks.base_url.rstrip("/"))

    def complete(self, html: str | None) -> str | None:
        """Return the HTML of a post with absolute URLs."""
        if html is None or self._in_html is None or "/media/" not in html:
            return html
        return self._in_html.sub(lambda found: f"{self._origin}{found[0]}", html)

    def url_of(self, image: Mapping[str, Any] | None) -> str | None:
        """Return the absolute URL of the image of a post."""
        if image is None:
            return None
        url: str = image["url"]
        if not url.startswith("/"):
            return url
        return f"{self._root}{url}" if self._in_html is None else f"{self._origin}{self._root}{url}"
