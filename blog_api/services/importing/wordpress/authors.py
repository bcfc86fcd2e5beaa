"""The profiles of the authors in an export."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from blog_api.services.importing.profiles import valid_email, validate_profile
from blog_api.services.importing.report import Entry
from blog_api.services.importing.wordpress.site import Author, Site
from blog_api.text.documents import Profile
from blog_api.text.issues import Refused


def read_profiles(file: Path, site: Site, roles: Mapping[str, str]) -> tuple[dict[str, Profile], list[Entry]]:
    """Return the profiles by folded login, and what to report about them. `roles` are by folded login, too."""
    profiles: dict[str, Profile] = {}
    entries: list[Entry] = []
    for key in site.authors.keys() | roles.keys():
        author = site.authors.get(key) or Author(key, key, "")
        email, role = valid_email(author.email), roles.get(key, "")
        profile = Profile(author.login, author.display_name, "", email=email, role=role)
        try:
            profiles[key], notes = validate_profile(profile)
            entries += [Entry.note(file, note) for note in notes]
        except Refused as error:
            entries.append(Entry.refusal(file, error))
    return profiles, entries
