"""Store the pictures of posts as uploads of the posts' owners."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Protocol

from blog_api.crud.media import uploads
from blog_api.database.session import reading, transaction
from blog_api.media.pictures import encode_picture
from blog_api.media.stores import Store
from blog_api.models.media import Media
from blog_api.problems import InvalidInput
from blog_api.schemas.media import MAX_FILENAME
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.candidates import Candidate
from blog_api.services.importing.checking import read_post
from blog_api.services.importing.picture_search import (
    PLACEHOLDER,
    Picture,
    PostPictures,
    Stored,
    describe,
    find_pictures,
)
from blog_api.services.importing.picture_sources import PictureSource
from blog_api.services.importing.report import Report, path_to_text
from blog_api.services.media import Upload, create_upload
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Refused
from blog_api.text.media_paths import media_path

# The name of the owner in the file, and the id of the account.
_Owner = tuple[str, int | None]


class PostPictureStore(Protocol):
    """Finds and stores the pictures of posts. `used` has the paths of the files found, as the report writes them."""

    used: set[str]

    def find(self, document: Document, place: Path) -> PostPictures:
        """Find the pictures of a document."""

    def save(self, candidate: Candidate, authors: Authors, report: Report) -> Candidate:
        """Store the pictures of a candidate, and return it with them. Raises Refused."""


@dataclass(slots=True)
class Pictures:
    """Finds the pictures of posts in `source`, and stores them in `store`. A dry run only checks them.

    Without a source, all references stay unchanged.
    """

    source: PictureSource | None
    store: Store
    max_pixels: int
    dry_run: bool = False
    used: set[str] = field(default_factory=set)
    # What a dry run would have stored, by owner.
    _expected: set[tuple[str, str]] = field(default_factory=set)

    def find(self, document: Document, place: Path) -> PostPictures:
        """Find the pictures of a document."""
        if self.source is None:
            return PostPictures()
        found = find_pictures(self.source, document, place)
        self.used.update(path_to_text(picture.path) for picture in found.pictures)
        return found

    def save(self, candidate: Candidate, authors: Authors, report: Report) -> Candidate:
        """Store the pictures as uploads of the owner, and return the candidate with them. Create a missing account.

        Skips invalid pictures with a note, and updates the counts of the report. Raises Refused if the addresses of the
        uploads make the post invalid, Unavailable if the store is down.
        """
        found, owner = candidate.pictures, candidate.authors[0]
        if not found.pictures:
            report.pictures_skipped += found.skipped
            return candidate
        owner_id = self._owner_id(owner, authors)
        stored, notes = {}, list(found.notes)
        for picture in found.pictures:
            try:
                stored[picture.url] = self._save(picture, candidate.place, (owner, owner_id), report)
            except Refused as error:
                notes.append(describe(picture.url, error, picture.line))
        report.pictures_skipped += found.skipped + len(found.pictures) - len(stored)
        found = replace(found, stored=stored, notes=tuple(notes))
        data, all_notes = read_post(candidate.document, found)
        return replace(candidate, data=data, notes=all_notes, pictures=found)

    def _owner_id(self, name: str, authors: Authors) -> int | None:
        """Return the id of the account. In a dry run, it can be missing."""
        if self.dry_run:
            with reading():
                return authors.find_id(name)
        with transaction():
            return authors.ids_of((name,))[0]

    def _save(self, picture: Picture, place: Path, owner: _Owner, report: Report) -> Stored:
        if (stored := self._reuse(picture, owner)) is not None:
            report.pictures_reused += 1
            return stored
        assert self.source is not None
        file, _ = self.source.open(self.source.path_of(picture.url) or "", place)
        with file:
            try:
                stored = self._upload(file, picture, owner)
            except InvalidInput as error:
                fault = error.faults[0]
                is_too_large = fault.code == "too_many_pixels"
                code = Code.PICTURE_TOO_LARGE if is_too_large else Code.PICTURE_INVALID
                raise Refused(code, fault.detail) from error
        report.pictures_uploaded += 1
        return stored

    def _reuse(self, picture: Picture, owner: _Owner) -> Stored | None:
        """Return the owner's upload of the same file, if any. Set its alternative text if it has none."""
        name, owner_id = owner
        if (name, picture.sha256) in self._expected:
            return PLACEHOLDER
        if owner_id is None:
            return None
        with reading():
            media = uploads.find_own_upload(owner_id, picture.sha256)
        if media and picture.alt and not media.alt and not self.dry_run:
            with transaction():
                uploads.load_upload(media.id).alt = picture.alt
        return _stored(media) if media else None

    def _upload(self, file: BinaryIO, picture: Picture, owner: _Owner) -> Stored:
        """Upload a file. Raises InvalidInput if it is not a valid picture."""
        name, owner_id = owner
        if self.dry_run:
            encode_picture(file, None, self.max_pixels)
            self._expected.add((name, picture.sha256))
            return PLACEHOLDER
        assert owner_id is not None
        values = {
            "filename": path_to_text(picture.path.name)[:MAX_FILENAME],
            "alt": picture.alt,
            "caption": "",
        }
        created = create_upload(self.store, Upload(file, None, values, owner_id), self.max_pixels)
        return Stored(created["id"], created["url"])


def _stored(media: Media) -> Stored:
    return Stored(media.id, media_path(media.file.key, media.file.variants[-1]["width"]))
