"""Find the pictures of a blog in a copy of its uploads, or on its server."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urljoin

from blog_api.outgoing.client import MAX_BYTES, Client, Response
from blog_api.outgoing.failures import RequestFailed
from blog_api.services.importing.markdown.picture_files import PictureFolders
from blog_api.services.importing.picture_sources import OpenPicture
from blog_api.services.importing.places import encode_url
from blog_api.services.importing.wordpress.site import Site
from blog_api.services.importing.wordpress.urls import original, split, without_scheme, without_size
from blog_api.text.issues import Code, Refused

# Paths of uploads if no attachment shows where they are, also in networks of blogs and on WordPress.com.
_UPLOADS = re.compile(r"[^/?#]+(?:/[^?#]*?)?/(?:wp-content/uploads|files)/|[^/?#]+\.files\.wordpress\.com/")
_MAX_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)
# For the name lookup, connecting, and receiving one picture.
SECONDS = 60.0
_HEADERS = {"Accept": "image/webp,image/png,image/jpeg"}


@dataclass(slots=True)
class Uploads:
    """Recognises the URLs of uploads of a blog."""

    site: Site

    def find(self, url: str) -> str | None:
        """Return the path of a file below the folder with the uploads, or None for other URLs."""
        address = without_scheme(url.partition("?")[0].partition("#")[0])
        if address == url:
            # A path on the site.
            address = f"{next(iter(sorted(self.site.hosts)), '')}{url}" if url.startswith("/") else ""
        for root in self.site.upload_roots:
            if address.startswith(root):
                return unquote(address.removeprefix(root))
        match = _UPLOADS.match(address)
        is_own = match and (
            address.partition("/")[0].lower() in self.site.hosts or ".files.wordpress.com/" in match[0]
        )
        return unquote(address[match.end() :]) if match and is_own else None


class MediaFolder:
    """A copy of the folder `wp-content/uploads`. For a smaller size of a picture, it opens the original."""

    def __init__(self, folder: Path, site: Site, max_bytes: int) -> None:
        self._folder, self._uploads = folder, Uploads(site)
        self._files = PictureFolders(folder, (), max_bytes)

    def path_of(self, url: str) -> str | None:
        """Return the path of an upload below the folder."""
        return self._uploads.find(url)

    def open(self, path: str, place: Path) -> OpenPicture:
        """Open an upload. Raises Refused."""
        for candidate in _originals(path):
            try:
                return self._files.open(f"/{candidate}", self._folder / "post")
            except Refused as error:
                if error.code != Code.PICTURE_MISSING:
                    raise
        raise Refused(Code.PICTURE_MISSING, "there is no such file in the folder with the uploads")


class FetchedMedia:
    """The server of the blog. Each picture is fetched once in an import, into a temporary folder."""

    def __init__(
        self,
        site: Site,
        client: Client,
        folder: Path,
        max_bytes: int,
        trusted_hosts: Collection[str] = (),
    ) -> None:
        self._uploads, self._client, self._folder = Uploads(site), client, folder
        self._max_bytes, self._trusted_hosts = max_bytes, trusted_hosts
        self._failed: dict[str, Refused] = {}

    def path_of(self, url: str) -> str | None:
        """Return the URL of an upload, without the size of a smaller copy."""
        return url if self._uploads.find(url) is not None else None

    def open(self, path: str, place: Path) -> OpenPicture:
        """Open an upload, which is fetched if it was not before. Raises Refused."""
        key = original(path)
        file = self._folder / hashlib.sha256(key.encode()).hexdigest()
        if key in self._failed:
            raise self._failed[key]
        if not file.exists():
            try:
                file.write_bytes(self._fetch(path))
            except Refused as error:
                self._failed[key] = error
                raise
        return OpenPicture(file.open("rb"), Path(_file_name(path)))

    def _fetch(self, url: str) -> bytes:
        """Return the file at a URL, or the original if the URL is that of a smaller copy. Raises Refused."""
        *others, last = _originals(url.partition("?")[0].partition("#")[0])
        for candidate in others:
            with contextlib.suppress(Refused):
                return self._get(candidate)
        return self._get(last)

    def _get(self, url: str) -> bytes:
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._send(self._secure(url))
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                break
            url = _join(url, location)
        if response.status != HTTPStatus.OK:
            raise Refused(Code.PICTURE_MISSING, f"the server answered with {response.status}")
        if len(response.body) > self._max_bytes:
            raise Refused(Code.PICTURE_TOO_LARGE, f"it has more than {self._max_bytes:,} bytes")
        return response.body

    def _send(self, url: str) -> Response:
        try:
            return self._client.send("GET", url, _HEADERS, max_bytes=self._max_bytes + MAX_BYTES)
        except RequestFailed as error:
            raise Refused(Code.PICTURE_MISSING, f"it cannot be fetched: {error}") from error

    def _secure(self, url: str) -> str:
        """Return the URL with https, except for hosts that may use http."""
        url = f"https:{url}" if url.startswith("//") else url
        url = encode_url(url)
        if split(url).host.partition(":")[0] in self._trusted_hosts:
            return url
        return re.sub("^http:", "https:", url, flags=re.IGNORECASE)


def _join(url: str, location: str) -> str:
    """Return the target of a redirect. Raises Refused."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Refused(Code.PICTURE_MISSING, "the server redirects to an invalid URL") from error


def _file_name(url: str) -> str:
    """Return the name of a file, without control characters: PostgreSQL cannot store NUL."""
    name = unquote(split(url).path).rpartition("/")[2]
    return "".join(character for character in name if character.isprintable()) or "picture"


def _originals(url: str) -> list[str]:
    """Return the URL or path of a picture in its original size, if that is another one, and the given one."""
    return list(dict.fromkeys([without_size(url), url]))
