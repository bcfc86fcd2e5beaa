"""Open the pictures of a blog in a copy of its folder `content`."""

from __future__ import annotations

from pathlib import Path

from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.markdown.picture_files import PictureFolders
from blog_api.services.importing.picture_sources import OpenPicture


class GhostPictures:
    """The pictures in a folder: the one with the blog, its `content`, or the `images` in that."""

    def __init__(self, folder: Path, addresses: Addresses, max_bytes: int) -> None:
        self._addresses = addresses
        self._place = folder / "post"
        inner = [folder / "content" / "images", folder / "images"]
        self._files = PictureFolders(folder, [path for path in inner if path.is_dir()], max_bytes)

    def path_of(self, url: str) -> str | None:
        """Return the path of a picture below `content/images`, or None if the blog does not serve it."""
        return self._addresses.picture(url)

    def open(self, path: str, place: Path) -> OpenPicture:
        """Open a picture. Raises Refused."""
        return self._files.open(f"/{path}", self._place)
