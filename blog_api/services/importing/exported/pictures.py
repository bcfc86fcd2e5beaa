"""Restore the pictures of an export under their keys, so that references to them stay valid."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blog_api.crud.media.files import PENDING, READY, lock_ready_file, mark_ready
from blog_api.crud.restores import media as crud
from blog_api.database.session import reading, transaction
from blog_api.media.sources import Source
from blog_api.media.stores import Store
from blog_api.media.variants import Variant
from blog_api.media.webp import parse_webp
from blog_api.problems import InvalidInput
from blog_api.schemas.exports import MAX_UPLOADS, FileRow
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.candidates import Candidate
from blog_api.services.importing.exported.rows import read_rows
from blog_api.services.importing.picture_search import PLACEHOLDER, PostPictures, as_upload
from blog_api.services.importing.picture_sources import PictureSource
from blog_api.services.importing.report import Report
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Note, Refused
from blog_api.text.media_paths import keys_in, media_path

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RestoredPictures(PostPictures):
    """The pictures of an exported post. `moved` has the keys of equal pictures that the blog had already.

    `media_id` is the upload that is the image of the post.
    """

    moved: Mapping[str, str] = field(default_factory=dict)
    media_id: int | None = None

    def place_in(self, content: str) -> str:
        """Return the content with the new keys."""
        for key in keys_in(content) & self.moved.keys():
            content = content.replace(f"/media/{key}/", f"/media/{self.moved[key]}/")
        return content

    def with_upload(self, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the members with the upload of the image, or without an image if there is no such upload."""
        image = members.get("image")
        if not isinstance(image, dict) or not is_upload(image):
            return members
        if self.media_id is None:
            return {**members, "image": None}
        return {**members, "image": as_upload(image, self.media_id)}


def is_upload(image: Mapping[str, Any]) -> bool:
    """Return whether an image in an export is an upload."""
    return str(image.get("url", "")).startswith("/media/")


@dataclass(slots=True)
class ExportedPictures:
    """The pictures of an export, used instead of `Pictures`. A dry run only checks the files."""

    folder: Path
    files: PictureSource
    store: Store
    dry_run: bool = False
    used: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)
    # The uploads of pictures that the blog had already, by key in the export.
    _uploads: dict[str, list[int]] = field(default_factory=dict)

    def restore(self, authors: Authors, report: Report) -> None:
        """Store all pictures with their uploads, except those that the blog has already. Creates missing accounts.

        Raises Unavailable if the store is down.
        """
        table = self.folder / "media.ndjson"
        for line, row in read_rows(table, FileRow(), report):
            try:
                is_new = self._restore(row, authors)
            except Refused as error:
                report.refuse(table, error, line=line)
                report.pictures_skipped += 1
            else:
                report.pictures_uploaded += is_new
                report.pictures_reused += not is_new

    def find(self, document: Document, _place: Path) -> RestoredPictures:
        """Return the restored pictures of a post."""
        image = document.members.get("image")
        if not isinstance(image, dict) or not is_upload(image):
            return RestoredPictures(moved=self.moved)
        media_id = self.find_upload(image)
        if media_id is not None:
            return RestoredPictures(moved=self.moved, media_id=media_id)
        detail = f"{image['url'][:200]}: there is no such upload, so the post has no image"
        return RestoredPictures(moved=self.moved, notes=(Note(Code.PICTURE_MISSING, detail),))

    def find_upload(self, image: Mapping[str, Any]) -> int | None:
        """Return the id of the upload that is an image, or None if it is missing."""
        if self.dry_run:
            return PLACEHOLDER.media_id
        key = next(iter(keys_in(image["url"])), "")
        place = image.get("upload", 0)
        if not isinstance(place, int) or not 0 <= place <= MAX_UPLOADS:
            return None
        if uploads := self._uploads.get(key):
            return uploads[place] if place < len(uploads) else uploads[0]
        with reading():
            return crud.find_upload(key, place)

    def save(self, candidate: Candidate, _authors: Authors, _report: Report) -> Candidate:
        """Return the candidate, whose pictures have been restored."""
        return candidate

    def _restore(self, row: Row, authors: Authors) -> bool:
        """Restore a picture. Return whether it is new. Raises Refused."""
        key, sha256 = row["key"], row["sha256"]
        with reading():
            known = crud.find_file(key)
        if known and (known.sha256 != sha256 or known.state not in (PENDING, READY)):
            raise Refused(Code.PICTURE_INVALID, f"the blog has another picture with the key {key}")
        if self._reuse_equal(row, authors):
            return False
        variants = [self._read(key, size) for size in row["variants"]]
        if self.dry_run:
            return True
        file_id = known.id if known else None
        if file_id is None:
            with transaction():
                file_id = crud.add_pending_file(key, sha256, row["variants"], row["created_at"]).id
        self.store.put(key, variants)
        with transaction():
            if not mark_ready(file_id):
                raise Refused(Code.PICTURE_INVALID, f"the picture {key} was deleted meanwhile")
            crud.add_missing_uploads(file_id, _uploads(row, authors))
        return True

    def _reuse_equal(self, row: Row, authors: Authors) -> bool:
        """Use an equal picture that the blog has, maybe under another key. Return whether there is one."""
        with transaction(dry_run=self.dry_run):
            file = lock_ready_file(row["sha256"])
            if file is None:
                return False
            if not self.dry_run:
                self._uploads[row["key"]] = crud.add_missing_uploads(file.id, _uploads(row, authors))
            if file.key != row["key"]:
                self.moved[row["key"]] = file.key
        return True

    def _read(self, key: str, size: Row) -> Variant:
        """Read a file. Raises Refused unless it is a WebP picture of this size."""
        path = media_path(key, size["width"])
        file, _ = self.files.open(path, self.folder / "media.ndjson")
        with file:
            data = file.read(size["bytes"] + 1)
        try:
            picture = parse_webp(Source(io.BytesIO(data)))
        except InvalidInput as error:
            raise Refused(Code.PICTURE_INVALID, f"{path}: {error.faults[0].detail}") from error
        if (picture.width, picture.height, len(data)) != (size["width"], size["height"], size["bytes"]):
            raise Refused(Code.PICTURE_INVALID, f"{path} has another size than media.ndjson says")
        return Variant(size["width"], size["height"], data)


def _uploads(row: Row, authors: Authors) -> list[crud.NewUpload]:
    uploads = []
    for upload in row["uploads"]:
        owner = upload["owner"]
        (author_id,) = authors.ids_of((owner,)) if owner else (None,)
        texts = {name: upload[name] for name in ("filename", "alt", "caption", "created_at")}
        uploads.append(crud.NewUpload(author_id, **texts))
    return uploads
