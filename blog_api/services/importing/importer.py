"""Import Markdown files as posts. A second run updates only posts whose files have changed.

The new posts of a batch are inserted together; one by one, an import takes twice the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from blog_api.auth import audit
from blog_api.crud import imports as crud
from blog_api.crud.media.images import complete_image
from blog_api.crud.posts import bulk as bulk_crud
from blog_api.crud.posts import write as posts_crud
from blog_api.crud.posts.trash import restore_post
from blog_api.database.session import db, reading, transaction
from blog_api.problems import Problem
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.checking import read_post, refusal_by_database, validate_authors
from blog_api.services.importing.digests import NO_PICTURES, digest_file
from blog_api.services.importing.files import File, tags_of, with_current_tags, with_free_aliases
from blog_api.services.importing.markdown.moving import Gone, find_gone, follow_renames, withdraw
from blog_api.services.importing.markdown.sources import decode, find_files, read_bytes
from blog_api.services.importing.pictures import Pictures
from blog_api.services.importing.reimporting import describe_status, is_to_update
from blog_api.services.importing.report import Report, path_to_text
from blog_api.services.importing.tags import create_missing_tags
from blog_api.text.dates import find_zone
from blog_api.text.documents import is_section, read_document
from blog_api.text.issues import Code, Note, Refused

# Increment it when the same file would produce a different post, so that all files are read again.
IMPORTER_VERSION = 7
BATCH = 200
# An index entry of PostgreSQL is limited to about 2,700 bytes.
MAX_SOURCE = 2500


@dataclass(slots=True)
class Importer:
    """One import of a folder. Files are identified by `name` and their path below the folder.

    `overwrite` replaces posts with their files even if they were edited in the blog. `timezone` is the IANA name of the
    time zone of dates without one, and `gone` says what to do with the posts of files that no longer exist.
    """

    folder: Path
    name: str
    default_author: str
    authors: Authors
    pictures: Pictures
    dry_run: bool = False
    overwrite: bool = False
    timezone: str = "UTC"
    gone: Gone = "keep"
    report: Report = field(default_factory=Report)
    known: dict[str, crud.KnownFile] = field(default_factory=dict)
    claimed_aliases: dict[str, str] = field(default_factory=dict)

    def run(self, progress: Callable[[Sequence[Path]], Iterable[Path]] = lambda files: files) -> Report:
        """Import all files, in one transaction per batch. `progress` wraps the iteration over the files.

        If it stops with an error, `report` is about what was done before.
        """
        try:
            self._import(progress)
        finally:
            for note in self.authors.notes.values():
                self.report.note(self.folder, note)
        return self.report

    def _import(self, progress: Callable[[Sequence[Path]], Iterable[Path]]) -> None:
        files, is_complete = self._find_files()
        self.name = path_to_text(self.name)
        with reading():
            self.known = crud.list_imported_files(self.name)
        sources = {self._source(path): path for path in files}
        if self.known and not files:
            detail = "there are no Markdown files, so the posts of earlier imports are left alone"
            self.report.note(self.folder, Note(Code.FOLDER_EMPTY, detail))
        # If a folder cannot be read, its files are not gone.
        gone = find_gone(self.folder, self.name, sources, self.known) if files and is_complete else {}
        new = {source: path for source, path in sources.items() if source not in self.known}
        follow_renames(new, gone, self.known, self._digest, self.report, dry_run=self.dry_run)
        remaining = iter(progress(files))
        while batch := list(islice(remaining, BATCH)):
            changed = [file for path in batch if (file := self._read(path))]
            # Before the transaction of the batch: storing a picture takes long.
            changed = [ready for file in changed for ready in self._save_pictures(file)]
            changed = with_free_aliases(changed, self.claimed_aliases)
            if self.dry_run:
                for file in changed:
                    self._count(file, file.post_id)
                with reading():
                    self.authors.check({name for file in changed for name in file.authors})
            elif changed:
                changed = with_current_tags(changed)
                create_missing_tags(tags_of(changed))
                with transaction():
                    saved = list(self._save_batch(changed))
                    self._save_records([record for _, record in saved])
                for file, record in saved:
                    self._count(file, record.post_id)
        self.report.drop_ignored(self.pictures.used)
        withdraw(self.folder, self.name, gone, self.gone, self.report, dry_run=self.dry_run)
        if not self.dry_run and (self.report.created or self.report.updated):
            with transaction():
                audit.record("posts.imported", user_id=None, detail=f"{self.report.summary}: {self.name}")

    def _find_files(self) -> tuple[list[Path], bool]:
        """Return the files to import, and whether all folders could be read. Report the others."""
        found = find_files(self.folder)
        self.report.entries += found.unread + found.ignored
        for path in found.files:
            if is_section(path.name):
                self.report.note(path, Note(Code.SECTION_PAGE, "a section page, not a post"))
        return [path for path in found.files if not is_section(path.name)], not found.unread

    def _source(self, path: Path) -> str:
        return f"{self.name}/{path_to_text(path.relative_to(self.folder).as_posix())}"

    def _digest(self, raw: bytes) -> str:
        """Return a digest of everything that the post is made from, except its pictures."""
        options = f"{IMPORTER_VERSION} {self.timezone} {sorted(self.authors.mapped.items()) or ''}"
        return digest_file(options, raw)

    def _read(self, path: Path) -> File | None:
        """Return the file if it is new or changed and is a valid post."""
        source = self._source(path)
        relative = source.removeprefix(f"{self.name}/")
        known = self.known.get(source)
        try:
            if len(source.encode()) > MAX_SOURCE:
                raise Refused(Code.PATH_TOO_LONG, f"the path has more than {MAX_SOURCE} bytes")
            if known and known.is_purged:
                self.report.purged += 1
                return None
            raw = read_bytes(path)
            digest = self._digest(raw)
            if known and known.digest == digest + NO_PICTURES and not self.overwrite:
                self.report.unchanged += 1
                return None
            text = decode(raw)
            document = read_document(text, relative, find_zone(self.timezone) or UTC)
            pictures = self.pictures.find(document, text, path)
            digest += pictures.digest
            is_same = known is not None and digest == known.digest
            if is_same and not self.overwrite:
                self.report.unchanged += 1
                return None
            authors = validate_authors(document.authors or (self.default_author,))
            data, notes = read_post(document, pictures)
            options = {"is_same": is_same, "overwrite": self.overwrite}
            if known is not None and not is_to_update(path, data, known, self.report, **options):
                return None
            return File(path, source, digest, known, document, authors, data, notes, pictures)
        except Refused as error:
            self.report.refuse(path, error, known.post_id if known else None)
        return None

    def _save_pictures(self, file: File) -> Iterator[File]:
        """Yield the file with its pictures stored as uploads, unless that makes the post invalid."""
        try:
            yield self.pictures.save(file, self.authors, self.report)
        except Refused as error:
            self.report.refuse(file.path, error, file.post_id)

    def _save_batch(self, files: Iterable[File]) -> Iterator[tuple[File, crud.FileRecord]]:
        """Create or update the posts. Yield the files and their import records."""
        created = self._create_posts([file for file in files if file.known is None])
        for file in files:
            saved = (created[file.source], 1) if file.source in created else self._save(file)
            if saved is not None:
                yield file, crud.FileRecord(file.source, *saved, file.digest, file.document.uid or None)

    def _save_records(self, records: Sequence[crud.FileRecord]) -> None:
        crud.add_file_records(record for record in records if record.source not in self.known)
        crud.update_file_records(record for record in records if record.source in self.known)

    def _create_posts(self, files: Sequence[File]) -> dict[str, int]:
        """Create the posts of new files. Return their ids by source, or nothing if the database rejects one of them."""
        try:
            with db.session.begin_nested():
                new = [bulk_crud.NewPost(*self._resolve(file), file.document.slug) for file in files]
                ids = bulk_crud.create_posts(new)
        except (Problem, SQLAlchemyError) as error:
            # The caller saves the files one by one, which finds the rejected one.
            self._discard_savepoint(error)
            return {}
        return {file.source: post_id for file, post_id in zip(files, ids, strict=True) if post_id is not None}

    def _discard_savepoint(self, error: Problem | SQLAlchemyError) -> Refused:
        """Clean up after a savepoint rollback, which also removes users created in it. Return the reason."""
        refused = refusal_by_database(error)
        self.authors.forget()
        # Entities loaded in the savepoint can refer to rows that no longer exist.
        db.session.expunge_all()
        return refused

    def _save(self, file: File) -> tuple[int, int] | None:
        """Create or update the post in a savepoint. Return its id and version, or None if the database rejects it."""
        try:
            with db.session.begin_nested():
                owner_id, data = self._resolve(file)
                if file.known is None or file.known.post_id is None:
                    post = posts_crud.create_post(owner_id, data, slug_base=file.document.slug)
                    return post.id, post.version
                post = crud.get_imported_post(file.known.post_id, file.known.version)
                if post.deleted_at is not None and not file.known.is_edited:
                    # An import has withdrawn the post, and the file is back.
                    restore_post(post)
                posts_crud.update_post(post, {**data, "author_id": owner_id})
                return post.id, post.version
        except (Problem, SQLAlchemyError) as error:
            refused = self._discard_savepoint(error)
            self.report.refuse(file.path, refused, file.post_id)
        return None

    def _count(self, file: File, post_id: int | None) -> None:
        if file.known is None:
            self.report.created += 1
        else:
            self.report.updated += 1
        notes = [*describe_status(file.data, file.known), *file.notes]
        if file.document.date is None and not file.document.draft:
            notes.append(Note(Code.DATE_MISSING, "no date, so the post is a draft"))
        for note in notes:
            self.report.note(file.path, note, post_id)

    def _resolve(self, file: File) -> tuple[int, dict[str, Any]]:
        """Return the owner, and the data with co-author ids and the complete image.

        Several names can map to one username.
        """
        owner_id, *co_authors = self.authors.ids_of(file.authors)
        return owner_id, complete_image({**file.data, "co_authors": co_authors}, owner_id)
