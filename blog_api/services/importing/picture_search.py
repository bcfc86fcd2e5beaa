"""Find the pictures of a document: in its content, and the image in its front matter."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from blog_api.services.importing.digests import NO_PICTURES, digest_pictures
from blog_api.services.importing.images import read_image
from blog_api.services.importing.picture_sources import PictureSource
from blog_api.services.importing.places import Places
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Note, Refused
from blog_api.text.media_paths import media_path
from blog_api.text.picture_references import (
    Reference,
    clean_alt,
    find_references,
    replace_urls,
)
from blog_api.text.rendering import TooComplex


class Stored(NamedTuple):
    """An upload: its id, and the URL of its largest variant."""

    media_id: int
    url: str


# Stands for an upload until there is one, so that the post can be validated.
PLACEHOLDER = Stored(1, media_path("0" * 32, 2560))


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a post: its URL and line there, and the path, SHA-256 and alternative text of the file."""

    url: str
    line: int
    path: Path
    sha256: str
    alt: str


@dataclass(frozen=True, slots=True)
class PostPictures:
    """The local pictures of a post, and the uploads of those that are stored, by URL.

    `digest` changes with any of the files. `skipped` counts the files that cannot be read.
    """

    digest: str = NO_PICTURES
    references: tuple[Reference, ...] = ()
    pictures: tuple[Picture, ...] = ()
    stored: Mapping[str, Stored] = field(default_factory=dict)
    skipped: int = 0
    notes: tuple[Note, ...] = ()

    def find_upload(self, url: str) -> int | None:
        """Return the id of the upload for a URL."""
        return self.stored[url].media_id if url in self.stored else None

    def with_upload(self, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the members with the upload of the image, if its URL is that of one."""
        image = members.get("image")
        url = image.get("url") if isinstance(image, dict) else None
        media_id = self.find_upload(url) if isinstance(url, str) else None
        if not isinstance(image, dict) or media_id is None:
            return members
        return {**members, "image": as_upload(image, media_id)}

    def place_in(self, content: str) -> str:
        """Return the content with the URLs of the stored pictures."""
        return replace_urls(content, self.references, {url: one.url for url, one in self.stored.items()})


def as_upload(image: Mapping[str, Any], media_id: int) -> dict[str, Any]:
    """Return an image as clients write the upload with this id, with the texts of the image."""
    return {"media_id": media_id, **{name: image[name] for name in ("alt", "caption") if name in image}}


def find_pictures(source: PictureSource, document: Document, place: Path) -> PostPictures:
    """Find the pictures of a document. Until they are stored, all have PLACEHOLDER."""
    search = _Search(source, place)
    references: list[Reference] = []
    # Rendering refuses the post later.
    with suppress(TooComplex):
        references = find_references(document.content, source.path_of)
    content, line, end = document.content.encode(), document.line, 0
    for reference in references:
        line += content.count(b"\n", end, reference.start)
        end = reference.start
        search.look_up(reference.url, reference.alt, line)
    search.look_up_image(document)
    return PostPictures(
        search.digest,
        tuple(references),
        tuple(search.pictures.values()),
        dict.fromkeys(search.pictures, PLACEHOLDER),
        len(search.skipped),
        tuple(search.notes),
    )


def describe(picture_url: str, error: Refused, line: int) -> Note:
    """Return a note about a picture that is not stored."""
    detail = f"{picture_url[:200]}: {error.detail.rstrip('.')}, so the reference stays as it is"
    return Note(error.code, detail, line)


@dataclass(slots=True)
class _Search:
    """Looks up each URL of a post once."""

    source: PictureSource
    place: Path
    pictures: dict[str, Picture] = field(default_factory=dict)
    skipped: dict[str, Code] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def look_up(self, url: str, alt: str, line: int | None) -> bool:
        """Return whether there is a file for a URL. Adds a note if there is none. Front matter has no `line`."""
        if url in self.pictures:
            self.pictures[url] = replace(self.pictures[url], alt=self.pictures[url].alt or alt)
        elif url not in self.skipped:
            try:
                file, path = self.source.open(self.source.path_of(url) or "", self.place)
                with file:
                    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                self.pictures[url] = Picture(url, line or 1, path, sha256, alt)
            except Refused as error:
                self.skipped[url] = error.code
                # Reading the front matter adds a note that the image is not an absolute URL.
                if line is not None or error.code != Code.PICTURE_MISSING:
                    self.notes.append(describe(url, error, line or 1))
        return url in self.pictures

    def look_up_image(self, document: Document) -> None:
        """Look up the image in the front matter, and its alternative text."""
        found: list[str] = []

        def find_upload(url: str) -> int | None:
            if self.source.path_of(url) is None or not self.look_up(url, "", None):
                return None
            found.append(url)
            return PLACEHOLDER.media_id

        image, _ = read_image(Places(document.unread), find_upload)
        if image and found:
            self.look_up(found[-1], clean_alt(image.get("alt", "")), None)

    @property
    def digest(self) -> str:
        """The digest of all that was looked up."""
        found = {url: picture.sha256 for url, picture in self.pictures.items()}
        return digest_pictures([*found.items(), *self.skipped.items()])
