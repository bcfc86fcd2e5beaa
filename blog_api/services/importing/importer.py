"""Importing Markdown files: each file becomes a post, once, and again only when it has changed.

The new posts of a batch are made together: one by one, an import takes twice the CPU.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from blog_api.api.errors import problem_from
from blog_api.auth import audit
from blog_api.crud import imports as crud
from blog_api.crud import users as users_crud
from blog_api.crud.posts import bulk as bulk_crud
from blog_api.crud.posts import write as posts_crud
from blog_api.database.session import db, reading, transaction
from blog_api.problems import Problem
from blog_api.services.importing.checking import username_for, validate_authors, validate_post
from blog_api.services.importing.reimporting import Report, changes_to_apply
from blog_api.services.importing.sources import (
    FileIssue,
    FileRejected,
    decode,
    describe_faults,
    find_files,
    path_to_text,
    read_bytes,
)
from blog_api.services.importing.tags import create_missing_tags, current_tag_names
from blog_api.text.documents import Document, Profile, is_section, read_document
from blog_api.text.folding import fold
from blog_api.text.front_matter_blocks import FrontMatterError

# Raised when the same file would become another post than before, so that all files are read again.
IMPORTER_VERSION = 2
BATCH = 200
# An index entry of PostgreSQL has at most some 2,700 bytes.
MAX_SOURCE = 2500


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep: what is known of it, if anything, and which post it is to be, by whom, its owner first."""

    path: Path
    source: str
    digest: str
    known: crud.KnownFile | None
    document: Document
    authors: tuple[str, ...]
    data: dict[str, Any]


@dataclass(slots=True)
class Importer:
    """One run over one folder. Files are known by `name` and their path below the folder.

    With `overwrite` posts become what their files say, whatever people have changed since.
    """

    folder: Path
    name: str
    default_author: str
    profiles: dict[str, Profile]
    dry_run: bool = False
    overwrite: bool = False
    report: Report = field(default_factory=Report)
    known: dict[str, crud.KnownFile] = field(default_factory=dict)
    user_ids: dict[str, int] = field(default_factory=dict)

    def run(self, progress: Callable[[Sequence[Path]], Iterable[Path]] = lambda files: files) -> Report:
        """Import all files, a transaction for each batch. `progress` sees each file as it is taken."""
        files, unread = find_files(self.folder)
        self.report.rejected += unread
        self.name = path_to_text(self.name)
        with reading():
            self.known = crud.list_imported_files(self.name)
        remaining = iter(progress(files))
        while batch := list(islice(remaining, BATCH)):
            changed = [file for path in batch if (file := self._read(path))]
            if self.dry_run:
                for file in changed:
                    self._count(file)
            elif changed:
                changed = _with_current_tags(changed)
                create_missing_tags(_tags_of(changed))
                with transaction():
                    crud.save_file_records(self._save_batch(changed))
        if not self.dry_run and (self.report.created or self.report.updated):
            with transaction():
                audit.record("posts.imported", user_id=None, detail=f"{self.report.summary}: {self.name}")
        return self.report

    def _read(self, path: Path) -> File | None:
        """The file, if it is new or has changed and can become a post."""
        relative = path_to_text(path.relative_to(self.folder).as_posix())
        source = f"{self.name}/{relative}"
        try:
            if is_section(path.name):
                raise FileRejected("this is the page of a section, not a post")
            if len(source.encode()) > MAX_SOURCE:
                raise FileRejected(f"its path has more than {MAX_SOURCE} bytes")
            known = self.known.get(source)
            if known and known.is_purged:
                self.report.purged += 1
                return None
            raw = read_bytes(path)
            digest = hashlib.sha256(b"%d\0" % IMPORTER_VERSION + raw).hexdigest()
            is_same = known is not None and digest == known.digest
            if is_same and not self.overwrite:
                self.report.unchanged += 1
                return None
            document = read_document(decode(raw), relative)
            authors = validate_authors(document.authors or (self.default_author,))
            data = validate_post(document)
            if known is not None:
                changes = changes_to_apply(
                    path, data, known, self.report, is_same=is_same, overwrite=self.overwrite
                )
                if changes is None:
                    return None
                data = changes
            return File(path, source, digest, known, document, authors, data)
        except (FileRejected, FrontMatterError) as error:
            self.report.rejected.append(FileIssue(path, error.line, error.reason))
        return None

    def _save_batch(self, files: Iterable[File]) -> Iterator[crud.FileRecord]:
        """Make or update the posts, the new ones at once; gives what to remember of each."""
        made = self._create_posts([file for file in files if file.known is None])
        for file in files:
            kept = (made[file.source], 1) if file.source in made else self._save(file)
            if kept is not None:
                self._count(file)
                yield crud.FileRecord(file.source, *kept, file.digest)

    def _create_posts(self, files: Sequence[File]) -> dict[str, int]:
        """Make the posts of new files; gives their ids by source, none where the database refuses one of them."""
        try:
            with db.session.begin_nested():
                new = [bulk_crud.NewPost(*self._resolve_authors(file), file.document.slug) for file in files]
                ids = bulk_crud.create_posts(new)
        except (Problem, SQLAlchemyError) as error:
            # Which of them it is will be found file by file.
            self._discard_savepoint(error)
            return {}
        return {file.source: post_id for file, post_id in zip(files, ids, strict=True) if post_id is not None}

    def _discard_savepoint(self, error: Problem | SQLAlchemyError) -> str:
        """Why the database refused what a savepoint held; a user made within went with it."""
        reason = _database_reason(error)
        self.user_ids.clear()
        # An entity that was loaded within the savepoint may be of a row that is gone.
        db.session.expunge_all()
        return reason

    def _save(self, file: File) -> tuple[int, int] | None:
        """Make or update the post; gives its id and version.

        In a savepoint: what the database refuses leaves the others alone.
        """
        try:
            with db.session.begin_nested():
                owner_id, data = self._resolve_authors(file)
                if file.known is None or file.known.post_id is None:
                    post = posts_crud.create_post(owner_id, data, slug_base=file.document.slug)
                    return post.id, post.version
                post = crud.get_imported_post(file.known.post_id, file.known.version)
                posts_crud.update_post(post, {**data, "author_id": owner_id})
                return post.id, post.version
        except (Problem, SQLAlchemyError) as error:
            self.report.rejected.append(FileIssue(file.path, 1, self._discard_savepoint(error)))
        return None

    def _count(self, file: File) -> None:
        if file.known is None:
            self.report.created += 1
        else:
            self.report.updated += 1
        if "status" in file.data and file.document.date is None and not file.document.draft:
            self.report.notes.append(FileIssue(file.path, 1, "has no date, so it is a draft"))

    def _resolve_authors(self, file: File) -> tuple[int, dict[str, Any]]:
        """The owner of the post and its data, with the ids of the co-authors. Several names may make one username."""
        owner_id, *co_authors = dict.fromkeys(self._author_id(name) for name in file.authors)
        return owner_id, {**file.data, "co_authors": co_authors}

    def _author_id(self, name: str) -> int:
        """The account of an author, made where it is missing: without an address, and unable to log in."""
        username = username_for(name)
        if username not in self.user_ids:
            user = users_crud.find_user(username)
            if user is None:
                profile = self.profiles.get(fold(name))
                user = users_crud.create_user(
                    username,
                    display_name=profile.display_name if profile else name,
                    bio=profile.bio if profile else "",
                )
            self.user_ids[username] = user.id
        return self.user_ids[username]


def _database_reason(error: Problem | SQLAlchemyError) -> str:
    """Why the database does not take a file. What is not about the file, such as a lost connection, is raised again."""
    problem = problem_from(error)
    if problem.status < 500:
        return describe_faults(problem.faults) or problem.detail
    if problem.status == 503 or not isinstance(error, DBAPIError):
        raise error
    return f"the database says: {str(error.orig).strip()}"


def _with_current_tags(files: Sequence[File]) -> list[File]:
    """The files, each with its tags as they are called by now: an import brings no name back that people gave up."""
    renamed = current_tag_names(_tags_of(files))
    return [
        replace(file, data={**file.data, "tags": [renamed.get(name, name) for name in file.data["tags"]]})
        for file in files
    ]


def _tags_of(files: Iterable[File]) -> Iterator[str]:
    return (name for file in files for name in file.data["tags"])
