"""Markdown files below a folder: finding them, reading them, and saying what is wrong with them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from marshmallow import ValidationError

from blog_api.api.parsing import faults_from
from blog_api.problems import Fault
from blog_api.schemas.users import Profile as ProfileSchema
from blog_api.text.documents import Profile, is_section, read_profile
from blog_api.text.folding import fold
from blog_api.text.front_matter_blocks import FrontMatterError

SUFFIXES = (".md", ".markdown")
MAX_NAME, MAX_BIO = 100, 1000
# In bytes, of which a post has at most four for each of its 500,000 characters.
MAX_FILE = 3_000_000

_profile_schema = ProfileSchema()


@dataclass(frozen=True, slots=True)
class FileIssue:
    """A file that became no post, or a profile that was not read. `line` is that of the file, from 1."""

    path: Path
    line: int
    reason: str


class FileRejected(Exception):
    """This file cannot become what it should."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def find_files(folder: Path) -> tuple[list[Path], list[FileIssue]]:
    """The Markdown files below the folder, in order, and the folders that cannot be listed.

    Links to folders are not followed.
    """
    unread: list[FileIssue] = []

    def note(error: OSError) -> None:
        unread.append(FileIssue(Path(error.filename), 1, f"cannot be read: {error.strerror}"))

    files = [
        Path(parent, name)
        for parent, _, names in os.walk(folder, onerror=note)
        for name in names
        if name.lower().endswith(SUFFIXES)
    ]
    return sorted(files), unread


def read_bytes(path: Path) -> bytes:
    """All of the file, unless no post is as large. Raises FileRejected."""
    try:
        known = path.stat()
        # A pipe would be waited for.
        if not stat.S_ISREG(known.st_mode):
            raise FileRejected("this is not a file")
        if known.st_size > MAX_FILE:
            raise FileRejected(f"the file has more than {MAX_FILE:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise FileRejected(f"cannot be read: {error.strerror}") from error


def decode(raw: bytes) -> str:
    """The text of a file. Raises FileRejected with the line of the first byte that is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRejected("this is not UTF-8", raw[: error.start].count(b"\n") + 1) from error


def path_to_text(path: str) -> str:
    r"""The path as text that every database takes: bytes of the name that are not UTF-8 read `\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def describe_faults(faults: Iterable[Fault]) -> str:
    """All faults in one line."""
    return "; ".join(f"{(fault.pointer or '').lstrip('/')}: {fault.detail}" for fault in faults)


def read_profiles(folder: Path) -> tuple[dict[str, Profile], list[FileIssue]]:
    """The profiles in a folder by the folded name that posts use, and the files that hold none."""
    profiles: dict[str, Profile] = {}
    files, refused = find_files(folder)
    for path in files:
        # Hugo keeps the profile of an author in authors/name/_index.md, and the page of them all in authors/_index.md.
        if path.parent == folder and is_section(path.name):
            continue
        try:
            text = decode(read_bytes(path))
            profile = _truncate(read_profile(text, path_to_text(path.relative_to(folder).as_posix())))
            profiles[fold(profile.slug)] = profile
        except (FileRejected, FrontMatterError) as error:
            refused.append(FileIssue(path, error.line, error.reason))
    return profiles, refused


def _truncate(profile: Profile) -> Profile:
    """The profile, cut to what an account can hold. Raises FileRejected."""
    try:
        fields = _profile_schema.load(
            {"display_name": profile.display_name[:MAX_NAME], "bio": profile.bio[:MAX_BIO]}
        )
    except ValidationError as error:
        raise FileRejected(describe_faults(faults_from(error.messages, in_body=True))) from error
    return replace(profile, **fields)
