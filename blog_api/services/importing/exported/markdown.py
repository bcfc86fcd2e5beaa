"""Import a Markdown export: posts from files, everything else from tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from blog_api.services.importing.digests import digest_file
from blog_api.services.importing.exported.accounts import Images, create_accounts, set_images
from blog_api.services.importing.exported.pictures import ExportedPictures
from blog_api.services.importing.exported.site import restore_redirects, restore_tags
from blog_api.services.importing.markdown.folder import MarkdownFolder
from blog_api.services.importing.markdown.sources import decode, find_files, read_bytes
from blog_api.services.importing.report import Report
from blog_api.text import front_matter
from blog_api.text.documents import Document
from blog_api.text.exports.documents import to_document
from blog_api.text.exports.reading import is_exported, read_exported
from blog_api.text.issues import Code, Refused

_FOLDERS = ("posts", "pages", "trash")


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
        create_accounts(importer.authors, dry_run=dry_run)
        pictures.restore(importer.authors, report)
        if not dry_run:
            set_images(self.images, importer.authors, pictures)
        restore_tags(self.folder, report, dry_run=dry_run)
        super().run(progress)
        restore_redirects(self.folder, report, dry_run=dry_run)
        return report

    def _find_files(self) -> tuple[list[Path], bool]:
        folders = [self.folder / name for name in _FOLDERS]
        found = [find_files(folder) for folder in folders if folder.is_dir() and not folder.is_symlink()]
        for each in found:
            self.importer.report.entries += each.unread + each.ignored
        files = sorted(path for each in found for path in each.files)
        return files, not any(each.unread for each in found)

    def _find_links(self, _files: Sequence[Path]) -> None:
        """Return None, so that the content stays unchanged."""

    def _item(self, path: Path) -> ExportedFile:  # type: ignore[override]
        return ExportedFile(path, self._source(path))
