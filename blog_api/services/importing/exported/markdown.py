"""Import a Markdown export: its posts are files of a folder, the rest comes from its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from blog_api.crud.restores.accounts import set_image
from blog_api.database.session import reading, transaction
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.digests import digest_file
from blog_api.services.importing.exported.pictures import ExportedPictures, is_upload
from blog_api.services.importing.exported.site import restore_redirects, restore_tags
from blog_api.services.importing.markdown.folder import MarkdownFolder
from blog_api.services.importing.markdown.sources import decode, find_files, read_bytes
from blog_api.services.importing.picture_search import as_upload
from blog_api.services.importing.profiles import validate_profile
from blog_api.services.importing.report import Entry, Report, path_to_text
from blog_api.text import front_matter
from blog_api.text.documents import Document, Profile
from blog_api.text.exports.documents import to_document
from blog_api.text.exports.reading import is_exported, read_exported, read_exported_profile
from blog_api.text.folding import fold
from blog_api.text.issues import Code, Refused

_FOLDERS = ("posts", "pages", "trash")
Images = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class ExportedFile:
    """A file of an exported post, which `source` identifies."""

    place: Path
    source: str
    line: int = 1

    def digest(self, options: str) -> str:
        """Return a digest of the bytes of the file."""
        return digest_file(options, self._raw)

    def read(self) -> Document:
        """Read the file as a post. Raises Refused."""
        return read_exported_document(decode(self._raw))

    @cached_property
    def _raw(self) -> bytes:
        return read_bytes(self.place)


def read_exported_document(text: str) -> Document:
    """Return the post of an exported file. Raises Refused."""
    matter = front_matter.parse(text)
    if not is_exported(matter):
        raise Refused(Code.VALUE_INVALID, "this is not a file of an export: blog_api is missing", matter.line)
    post = read_exported(matter, text)
    try:
        return to_document(post.values, notes=post.notes)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(Code.VALUE_INVALID, f"not what an export writes: {error}", matter.line) from error


@dataclass
class ExportedFolder(MarkdownFolder):
    """An import of a Markdown export. `images` are those of authors that are uploads, by username."""

    images: Images = field(default_factory=dict)

    def run(self, progress: Callable[[Sequence[Path]], Iterable[Path]] = lambda files: files) -> Report:
        """Restore accounts, pictures and tags, import all files, and add redirects."""
        importer, report = self.importer, self.importer.report
        pictures, dry_run = importer.pictures, importer.dry_run
        assert isinstance(pictures, ExportedPictures)
        restore_accounts(importer.authors, importer.authors.profiles, dry_run=dry_run)
        pictures.restore(importer.authors, report)
        if not dry_run:
            set_images(self.images, importer.authors, pictures)
        restore_tags(self.folder, report, dry_run=dry_run)
        super().run(progress)
        restore_redirects(self.folder, report, dry_run=dry_run)
        return report

    def _find_files(self) -> tuple[list[Path], bool]:
        found = [find_files(folder) for name in _FOLDERS if (folder := self.folder / name).is_dir()]
        for each in found:
            self.importer.report.entries += each.unread + each.ignored
        files = sorted(path for each in found for path in each.files)
        return files, not any(each.unread for each in found)

    def _find_links(self, _files: Sequence[Path]) -> None:
        """Return None: content stays exactly as it is."""

    def _item(self, path: Path) -> ExportedFile:  # type: ignore[override]
        return ExportedFile(path, self._source(path))


def read_profiles(folder: Path) -> tuple[dict[str, Profile], Images, list[Entry]]:
    """Return the profiles of an export by folded username, the images that are uploads, and what to report."""
    profiles: dict[str, Profile] = {}
    images: Images = {}
    found = find_files(folder)
    entries = found.unread
    for path in found.files:
        try:
            text = decode(read_bytes(path))
            matter = front_matter.parse(text)
            if not is_exported(matter):
                raise Refused(Code.VALUE_INVALID, "this is not a file of an export", matter.line)
            values = read_exported_profile(matter, text)
            username, image = values["username"], values["image"]
            if image and is_upload(image):
                images[username] = values.pop("image")
                image = None
            profile = Profile(username, values["display_name"], values["bio"], values["website"], image)
            profiles[fold(username)], notes = validate_profile(profile)
            entries += [Entry.note(path, note) for note in notes]
        except Refused as error:
            entries.append(Entry.refusal(path_to_text(path), error))
    return profiles, images, entries


def restore_accounts(authors: Authors, profiles: Mapping[str, Profile], *, dry_run: bool) -> None:
    """Create the missing accounts of these profiles."""
    names = [profile.slug for profile in profiles.values()]
    if dry_run:
        with reading():
            authors.check(names)
        return
    with transaction():
        authors.ids_of(names)


def set_images(images: Images, authors: Authors, pictures: ExportedPictures) -> None:
    """Give accounts their images, now that these are restored."""
    for username, image in images.items():
        if (media_id := pictures.find_upload(image)) is not None:
            with transaction():
                (user_id,) = authors.ids_of((username,))
                set_image(user_id, as_upload(image, media_id))
