"""Import a folder of Markdown files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from functools import cached_property
from pathlib import Path

from blog_api.context import exchange
from blog_api.crud import imports as crud
from blog_api.database.columns import utcnow
from blog_api.database.session import reading
from blog_api.services.importing.digests import digest_file
from blog_api.services.importing.importer import Importer
from blog_api.services.importing.markdown.links import FolderLinks
from blog_api.services.importing.markdown.moving import Gone, find_gone, follow_renames, withdraw
from blog_api.services.importing.markdown.sources import decode, find_files, read_bytes
from blog_api.services.importing.report import Report, path_to_text
from blog_api.text.dates import find_zone
from blog_api.text.documents import Document
from blog_api.text.file_names import find_languages, find_translations, is_section
from blog_api.text.issues import Code, Note
from blog_api.text.markdown_files import Site, read_document


@dataclass(frozen=True)
class Settings:
    """How files become posts: `timezone` is the IANA name of the time zone of dates without one.

    `permalink` and `section_as_tag` are those of a Site.
    """

    timezone: str = "UTC"
    permalink: str = ""
    section_as_tag: bool = False


@dataclass(frozen=True)
class MarkdownFile:
    """A file to import, which `source` identifies. `path` is its path below the imported folder."""

    place: Path
    source: str
    path: str
    site: Site
    links: FolderLinks | None = None
    line: int = 1

    def digest(self, options: str) -> str:
        """Return a digest of the bytes of the file, and of the files to which it links."""
        links = self.links.digest(self.path) if self.links else ""
        return digest_file(f"{options} {links}", self._raw)

    def read(self) -> Document:
        """Read the file as a post. Raises Refused."""
        document = self.read_unlinked()
        return self.links.convert(document, self.path) if self.links else document

    def read_unlinked(self) -> Document:
        """Read the file as a post, with its links and its template code as they are. Raises Refused."""
        return read_document(decode(self._raw), self.path, self.site)

    @cached_property
    def _raw(self) -> bytes:
        return read_bytes(self.place)


@dataclass
class MarkdownFolder:
    """An import of a folder. Files are identified by `name` and their path below the folder.

    `gone` says what to do with the posts of files that no longer exist.
    """

    folder: Path
    name: str
    importer: Importer
    settings: Settings = Settings()
    gone: Gone = "keep"
    _site: Site = field(default_factory=Site)
    _links: FolderLinks | None = None

    def run(self, progress: Callable[[Sequence[Path]], Iterable[Path]] = lambda files: files) -> Report:
        """Import all files. `progress` wraps the iteration over them."""
        importer, report = self.importer, self.importer.report
        files, is_complete = self._find_files()
        self.name = path_to_text(self.name)
        self._site = self._find_site(files)
        importer.options = f"{self.settings.timezone} {self._site}"
        with reading():
            known = crud.list_imported_files(self.name)
        sources = {self._source(path): path for path in files}
        if known and not files:
            detail = "there are no Markdown files, so the posts of earlier imports are left alone"
            report.note(self.folder, Note(Code.FOLDER_EMPTY, detail))
        # If a folder cannot be read, its files are not gone.
        gone = find_gone(self.folder, self.name, sources, known) if files and is_complete else {}
        self._links = self._find_links(files)
        new = (self._item(path) for source, path in sources.items() if source not in known)
        importer.moved = follow_renames(new, gone, importer.digest_options, report, dry_run=importer.dry_run)
        importer.run(self._item(path) for path in progress(files))
        report.drop_ignored(importer.pictures.used)
        withdraw(self.folder, self.name, gone, self.gone, report, dry_run=importer.dry_run)
        importer.record(self.name)
        return report

    def _find_files(self) -> tuple[list[Path], bool]:
        """Return the files to import, and whether all folders could be read. Report the others."""
        found, report = find_files(self.folder), self.importer.report
        report.entries += found.unread + found.ignored
        for path in found.files:
            if is_section(path.name):
                report.note(path, Note(Code.SECTION_PAGE, "a section page, not a post"))
        return [path for path in found.files if not is_section(path.name)], not found.unread

    def _source(self, path: Path) -> str:
        return f"{self.name}/{self._path(path)}"

    def _path(self, path: Path) -> str:
        return path_to_text(path.relative_to(self.folder).as_posix())

    def _item(self, path: Path) -> MarkdownFile:
        return MarkdownFile(path, self._source(path), self._path(path), self._site, self._links)

    def _find_site(self, files: Iterable[Path]) -> Site:
        """Return how these files become posts."""
        settings, paths = self.settings, [self._path(path) for path in files]
        languages = find_languages(path.partition("/")[0] for path in paths if "/" in path)
        return Site(
            find_zone(settings.timezone) or UTC,
            settings.permalink,
            section_as_tag=settings.section_as_tag,
            languages=languages,
            translations=find_translations(paths, languages),
            permalinks=exchange.permalinks,
            now=utcnow(),
            is_author=self.importer.authors.knows,
        )

    def _find_links(self, files: Sequence[Path]) -> FolderLinks | None:
        paths = {self._path(path): path for path in files}
        return FolderLinks(
            self.folder.resolve().as_posix(),
            paths,
            exchange.permalinks,
            lambda path: self._item(paths[path]).read_unlinked(),
            lambda path: self._source(paths[path]),
        )
