"""Importing Markdown files: each file becomes a post, once, and again only when it has changed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError

from blog_api.crud import imports as crud
from blog_api.crud import posts as posts_crud
from blog_api.crud import users as users_crud
from blog_api.database import db, reading, transaction
from blog_api.errors import problem_from
from blog_api.parsing import faults_from
from blog_api.problems import Fault, Problem
from blog_api.schemas.posts import PostWrite
from blog_api.schemas.users import USERNAME_PATTERN
from blog_api.text.documents import Document, Profile, is_section, read_document, read_profile
from blog_api.text.folding import fold
from blog_api.text.front_matter import FrontMatterError
from blog_api.text.slugs import slugify

# Raised when the same file would become another post than before, so that all files are read again.
IMPORTER_VERSION = 1
BATCH = 200
SUFFIXES = (".md", ".markdown")

_schema = PostWrite()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that became no post, or a profile that was not read. `line` is that of the file, from 1."""

    path: Path
    line: int
    reason: str


@dataclass(slots=True)
class Report:
    """What became of the files."""

    made: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: list[Refusal] = field(default_factory=list)

    @property
    def last_line(self) -> str:
        return f"made {self.made}, updated {self.updated}, unchanged {self.unchanged}, refused {len(self.refused)}"


class Refused(Exception):
    """This file cannot become a post."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep: which post it was, if any, and which it is to be."""

    path: Path
    source: str
    digest: str
    post_id: int | None
    document: Document
    data: dict[str, Any]


@dataclass(slots=True)
class Importer:
    """One run over one folder. Files are known by `name` and their path below the folder."""

    folder: Path
    name: str
    default_author: str
    profiles: dict[str, Profile]
    dry_run: bool = False
    report: Report = field(default_factory=Report)
    known: dict[str, tuple[int, str]] = field(default_factory=dict)
    user_ids: dict[str, int] = field(default_factory=dict)

    def run(self, progress: Callable[[Sequence[Path]], Iterable[Path]] = lambda files: files) -> Report:
        """Import all files, a transaction for each batch. `progress` sees each file as it is taken."""
        files = sorted(
            path for path in self.folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()
        )
        with reading():
            self.known = crud.list_imported_files(self.name)
        remaining = iter(progress(files))
        while batch := list(islice(remaining, BATCH)):
            changed = [file for path in batch if (file := self._read(path))]
            if self.dry_run:
                for file in changed:
                    self._count(file)
            elif changed:
                with transaction():
                    for file in changed:
                        self._keep(file)
        return self.report

    def _read(self, path: Path) -> File | None:
        """The file, if it is new or has changed and can become a post."""
        source = f"{self.name}/{path.relative_to(self.folder).as_posix()}"
        try:
            if is_section(str(path)):
                raise Refused("this is the page of a section, not a post")
            raw = path.read_bytes()
            digest = hashlib.sha256(b"%d\0" % IMPORTER_VERSION + raw).hexdigest()
            post_id, known_digest = self.known.get(source, (None, None))
            if digest == known_digest:
                self.report.unchanged += 1
                return None
            document = read_document(_decoded(raw), path.relative_to(self.folder).as_posix())
            return File(path, source, digest, post_id, document, _checked(document))
        except (Refused, FrontMatterError) as error:
            self.report.refused.append(Refusal(path, error.line, error.reason))
        except OSError as error:
            self.report.refused.append(Refusal(path, 1, f"cannot be read: {error.strerror}"))
        return None

    def _keep(self, file: File) -> None:
        """Make or update the post, in a savepoint: what the database refuses leaves the other files alone."""
        try:
            with db.session.begin_nested():
                author_id = self._author_id(file.document)
                if file.post_id is None:
                    post_id = posts_crud.create_post(author_id, file.data, like_slug=file.document.slug)
                else:
                    post_id = file.post_id
                    posts_crud.update_post(
                        crud.get_imported_post(post_id), {**file.data, "author_id": author_id}
                    )
                crud.remember_file(file.source, post_id, file.digest)
        except (Problem, DBAPIError) as error:
            problem = problem_from(error)
            if problem.status >= 500:
                raise
            # A user made within the savepoint went with it.
            self.user_ids.clear()
            self.report.refused.append(Refusal(file.path, 1, _in_words(problem.faults) or problem.detail))
        else:
            self._count(file)

    def _count(self, file: File) -> None:
        if file.post_id is None:
            self.report.made += 1
        else:
            self.report.updated += 1
        if file.document.date is None and not file.document.draft:
            self.report.notes.append(Refusal(file.path, 1, "has no date, so it is a draft"))

    def _author_id(self, document: Document) -> int:
        """The account of the first author, made where it is missing: without an address, and unable to log in."""
        name = next(iter(document.authors), self.default_author)
        profile = self.profiles.get(fold(name))
        username = username_for(profile.slug if profile else name)
        if username not in self.user_ids:
            user = users_crud.find_user(username)
            if user is None:
                user = users_crud.create_user(
                    username,
                    display_name=(profile.display_name if profile else name)[:100],
                    bio=profile.bio[:1000] if profile else "",
                )
            self.user_ids[username] = user.id
        return self.user_ids[username]


def username_for(name: str) -> str:
    """A username for an author as files name them. The same name always gives the same one."""
    if re.fullmatch(USERNAME_PATTERN, name):
        return name
    slug = slugify(name, "author")[:50].strip("-")
    return slug if re.fullmatch(USERNAME_PATTERN, slug) else f"author-{slug}"


def read_profiles(folder: Path) -> tuple[dict[str, Profile], list[Refusal]]:
    """The profiles in a folder, by the folded names that posts may use for them, and the files that hold none.

    In Hugo the profile of an author is an `_index.md` in a folder of the author's name.
    """
    by_slug, by_display_name, refused = {}, {}, []
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES):
        try:
            profile = read_profile(_decoded(path.read_bytes()), path.relative_to(folder).as_posix())
        except (Refused, FrontMatterError) as error:
            refused.append(Refusal(path, error.line, error.reason))
        except OSError as error:
            refused.append(Refusal(path, 1, f"cannot be read: {error.strerror}"))
        else:
            if profile.slug:
                by_slug[fold(profile.slug)] = profile
                by_display_name[fold(profile.display_name)] = profile
    return by_display_name | by_slug, refused


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("this is not UTF-8", raw[: error.start].count(b"\n") + 1) from error


def _checked(document: Document) -> dict[str, Any]:
    """The post that the document is, within the limits that the API has too. Raises Refused."""
    published = document.date is not None and not document.draft
    try:
        data: dict[str, Any] = _schema.load(
            {
                "title": document.title,
                "content": document.content,
                "summary": document.summary,
                "tags": list(document.tags),
                "status": "published" if published else "draft",
            }
        )
    except ValidationError as error:
        raise Refused(_in_words(faults_from(error.messages, in_body=True))) from error
    return {**data, "published_at": document.date}


def _in_words(faults: Iterable[Fault]) -> str:
    return "; ".join(f"{(fault.pointer or '').lstrip('/')}: {fault.detail}" for fault in faults)
