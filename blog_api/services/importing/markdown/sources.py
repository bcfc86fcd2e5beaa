"""Find and read the Markdown files below a folder."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from blog_api.services.importing.profiles import validate_profile
from blog_api.services.importing.report import Entry, path_to_text
from blog_api.text.documents import Profile, read_profile
from blog_api.text.file_names import MARKDOWN_SUFFIXES, is_section
from blog_api.text.folding import fold
from blog_api.text.front_matter import begins_with_front_matter
from blog_api.text.issues import Code, Note, Refused

# Files of a site with these endings are posts only if they have front matter.
_OTHER_SUFFIXES = (".text", ".html", ".htm")
# Besides hidden folders, such as `.git`: packages, and the templates and the output of Jekyll.
FOREIGN_FOLDERS = ("node_modules", "_includes", "_layouts", "_site")
# In bytes. A post has at most 500,000 characters of up to four bytes each.
MAX_FILE = 3_000_000
_FIRST_BYTES = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """The Markdown files below a folder, the folders that cannot be listed, and what is not read on purpose."""

    files: list[Path] = field(default_factory=list)
    unread: list[Entry] = field(default_factory=list)
    ignored: list[Entry] = field(default_factory=list)


def find_files(folder: Path) -> Found:
    """Find the Markdown files below a folder, sorted.

    Does not enter hidden folders, those of package managers, and symbolic links.
    """
    found = Found()

    def record(error: OSError) -> None:
        found.unread.append(Entry.refusal(error.filename, _unreadable(error)))

    for parent, folders, names in os.walk(folder, onerror=record):
        for name in sorted(folders):
            if note := _why_not_entered(path := Path(parent, name)):
                folders.remove(name)
                found.ignored.append(Entry.note(path, note))
        for name in sorted(names):
            path = Path(parent, name)
            if note := _why_not_read(path):
                found.ignored.append(Entry.note(path, note))
            else:
                found.files.append(path)
    found.files.sort()
    return found


def _why_not_read(path: Path) -> Note | None:
    """Return a note if a file is not a post by its ending, or by its first line."""
    name = path.name.lower()
    if name.endswith(MARKDOWN_SUFFIXES):
        return None
    if not name.endswith(_OTHER_SUFFIXES):
        return Note(Code.NOT_MARKDOWN, "not a Markdown file")
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                begins = begins_with_front_matter(file.read(_FIRST_BYTES).decode("utf-8-sig", "replace"))
            return None if begins else Note(Code.NOT_MARKDOWN, "no front matter, so it is not a post")
    return Note(Code.NOT_MARKDOWN, "not a regular file")


def _why_not_entered(folder: Path) -> Note | None:
    if folder.is_symlink():
        return Note(Code.FOLDER_NOT_ENTERED, "a symbolic link to a folder, not entered")
    is_foreign = folder.name.startswith(".") or folder.name in FOREIGN_FOLDERS
    return Note(Code.FOLDER_NOT_ENTERED, "not a folder of posts, not entered") if is_foreign else None


def _unreadable(error: OSError) -> Refused:
    return Refused(Code.UNREADABLE, f"cannot be read: {error.strerror}")


def read_bytes(path: Path) -> bytes:
    """Return the content of the file. Raises Refused if it is a link, or larger than any post."""
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise Refused(Code.NOT_A_FILE, "a symbolic link, not followed")
        # Reading a pipe would block.
        if not stat.S_ISREG(status.st_mode):
            raise Refused(Code.NOT_A_FILE, "not a regular file")
        if status.st_size > MAX_FILE:
            raise Refused(Code.FILE_TOO_LARGE, f"the file has more than {MAX_FILE:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(error) from error


def decode(raw: bytes) -> str:
    """Decode the content of a file. Raises Refused with the line of the first byte that is not UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Refused(Code.NOT_UTF8, "not valid UTF-8", line) from error


def read_profiles(folder: Path) -> tuple[dict[str, Profile], list[Entry]]:
    """Return the profiles in a folder, by the folded name that posts use, and what to report about them."""
    profiles: dict[str, Profile] = {}
    found = find_files(folder)
    entries = found.unread
    for path in found.files:
        # Hugo keeps author profiles in authors/name/_index.md, and their list page in authors/_index.md.
        if path.parent == folder and is_section(path.name):
            continue
        try:
            text = decode(read_bytes(path))
            profile = read_profile(text, path_to_text(path.relative_to(folder).as_posix()))
            profiles[fold(profile.slug)], notes = validate_profile(profile)
            entries += [Entry.note(path, note) for note in notes]
        except Refused as error:
            entries.append(Entry.refusal(path, error))
    return profiles, entries
