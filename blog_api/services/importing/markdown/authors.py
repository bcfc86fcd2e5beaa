"""Find the profiles of authors, and complete accounts that were imported without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from blog_api.crud import users as crud
from blog_api.database.session import reading, transaction
from blog_api.models.users import User
from blog_api.services.importing.checking import username_for
from blog_api.services.importing.importer import Importer
from blog_api.services.importing.markdown.sources import decode, read_bytes, read_profiles
from blog_api.services.importing.profiles import validate_profile
from blog_api.services.importing.report import Entry, path_to_text
from blog_api.text.authors_data import SUFFIXES, read_authors_data
from blog_api.text.documents import Profile
from blog_api.text.folding import fold
from blog_api.text.issues import Code, Note, Refused

BATCH = 200
# Relative to a folder. Jekyll and Eleventy use the first one, Hugo the second.
_NAMES = ("_data/authors", "data/authors", "authors")
# How many folders above the imported one are searched.
_LEVELS = 2
_FIELDS = ("bio", "website", "image")


@dataclass(slots=True)
class Profiles:
    """Profiles by the folded names that posts can use, what to report about them, and the files with data."""

    by_name: dict[str, Profile] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def add(self, profile: Profile, path: Path, line: int = 1) -> None:
        """Add a valid profile, unless there is one with its name. Raises Refused."""
        profile, notes = validate_profile(profile)
        self.entries += [Entry.note(path, note._replace(line=line)) for note in notes]
        self.by_name.setdefault(fold(profile.slug), profile)

    def add_display_names(self) -> None:
        """Add the display names that only one profile has, so that posts can use them."""
        found: dict[str, list[Profile]] = {}
        for profile in self.by_name.values():
            found.setdefault(fold(profile.display_name), []).append(profile)
        self.by_name = {name: one for name, (one, *others) in found.items() if not others} | self.by_name


def find_profiles(folder: Path, authors: Path | None = None) -> Profiles:
    """Read the profiles in `authors`, a folder or a file, and those in data files in and above an imported folder."""
    profiles = Profiles()
    if authors is not None and authors.is_dir():
        profiles.by_name, profiles.entries = read_profiles(authors)
    elif authors is not None:
        _read_data(profiles, authors)
    root = folder.resolve()
    bases = [authors] if authors is not None else []
    for base in [*bases, root, *list(root.parents)[:_LEVELS]]:
        for name, suffix in ((name, suffix) for name in _NAMES for suffix in SUFFIXES):
            path = base / f"{name}{suffix}"
            if path.is_file() and not path.is_symlink() and not path.parent.is_symlink():
                shown = folder / path.relative_to(root) if path.is_relative_to(root) else path
                _read_data(profiles, shown)
    profiles.add_display_names()
    return profiles


def _read_data(profiles: Profiles, path: Path) -> None:
    profiles.files.add(path_to_text(path))
    try:
        for profile, line in read_authors_data(decode(read_bytes(path.resolve())), path.name):
            try:
                if isinstance(profile, Refused):
                    raise profile
                profiles.add(profile, path, line)
            except Refused as error:
                profiles.entries.append(Entry.refusal(path, Refused(error.code, error.detail, line)))
    except Refused as error:
        profiles.entries.append(Entry.refusal(path, error))


def complete_profiles(importer: Importer) -> None:
    """Fill empty members of imported accounts without a password from their profiles."""
    by_username: dict[str, Profile] = {}
    for name, profile in importer.authors.profiles.items():
        by_username.setdefault(fold(username_for(name)), profile)
    remaining = iter(by_username)
    while keys := list(islice(remaining, BATCH)):
        with reading() if importer.dry_run else transaction():
            for user in crud.find_imported_users(keys):
                changes = _missing(user, by_username[user.username_key])
                if not changes:
                    continue
                if not importer.dry_run:
                    crud.update_user(user, changes)
                detail = f"the profile of {user.username} fills {', '.join(changes)}"
                importer.report.note(importer.place, Note(Code.PROFILE_COMPLETED, detail))


def _missing(user: User, profile: Profile) -> dict[str, Any]:
    """Return what an account lacks and the profile has. A display name that is just the username counts as missing."""
    found = {name: getattr(profile, name) for name in _FIELDS if not getattr(user, name)}
    if fold(user.display_name) == user.username_key != fold(profile.display_name):
        found["display_name"] = profile.display_name
    return {name: value for name, value in found.items() if value}
