"""Restore the profiles of authors and the images of accounts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from blog_api.crud.restores.accounts import set_image
from blog_api.database.session import reading, transaction
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.exported.pictures import ExportedPictures, is_upload
from blog_api.services.importing.markdown.sources import decode, find_files, read_bytes
from blog_api.services.importing.picture_search import as_upload
from blog_api.services.importing.profiles import validate_profile
from blog_api.services.importing.report import Entry
from blog_api.text import front_matter
from blog_api.text.documents import Profile
from blog_api.text.exports.reading import is_exported, read_exported_profile
from blog_api.text.folding import fold
from blog_api.text.issues import Code, Refused

# By username.
Images = dict[str, dict[str, Any]]


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
            entries.append(Entry.refusal(path, error))
    return profiles, images, entries


def create_accounts(authors: Authors, *, dry_run: bool) -> None:
    """Create the missing accounts of all profiles."""
    names = [profile.slug for profile in authors.profiles.values()]
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
