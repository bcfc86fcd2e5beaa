"""The options that all import commands share, and the importer that they describe."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask import current_app

from blog_api.cli.reports import report_options, reporting
from blog_api.crud.users import find_user
from blog_api.database.session import reading
from blog_api.services.importing.authors import Authors, usual_role
from blog_api.services.importing.checking import username_for
from blog_api.services.importing.exported.pictures import ExportedPictures
from blog_api.services.importing.importer import Importer
from blog_api.services.importing.markdown.picture_files import PictureFolders
from blog_api.services.importing.picture_sources import PictureSource
from blog_api.services.importing.pictures import Pictures, PostPictureStore
from blog_api.services.importing.report import Entry, Report
from blog_api.text.dates import find_zone
from blog_api.text.documents import Profile
from blog_api.text.folding import fold
from blog_api.text.issues import Code, Note

_NO_PROFILES: Mapping[str, Profile] = {}


def _zone(context: click.Context, parameter: click.Parameter, name: str) -> str:
    if find_zone(name) is None:
        raise click.BadParameter(f"{name!r} is not a time zone: use a name such as Europe/Paris.")
    return name


_OPTIONS = (
    click.option("--default-author", help="Author of posts that name none.  [default: imported]"),
    click.option(
        "--map-author",
        "mappings",
        multiple=True,
        metavar="NAME=USERNAME",
        help="Give the posts of the author NAME to an existing account. Can be repeated.",
    ),
    click.option("--name", help="Identifies the source of the posts in later imports."),
    click.option("--overwrite", is_flag=True, help="Replace posts even if they were edited in the blog."),
    click.option(
        "--timezone", default="UTC", show_default=True, callback=_zone, help="Time zone of dates without one."
    ),
)


@dataclass(frozen=True)
class ImportOptions:
    """The values of the shared options."""

    default_author: str | None
    mappings: tuple[str, ...]
    name: str | None
    overwrite: bool
    timezone: str
    dry_run: bool
    strict: bool
    report_file: Path | None

    def importer(
        self,
        place: Path,
        pictures: PostPictureStore,
        profiles: Mapping[str, Profile] = _NO_PROFILES,
        entries: Iterable[Entry] = (),
    ) -> Importer:
        """Return the importer for the file or folder at `place`, whose report begins with `entries`.

        `profiles` are those of authors by folded name. Raises click.BadParameter if an author is mapped to an account
        that does not exist.
        """
        mapped, notes = _map_authors(self.mappings, self.default_author)
        return Importer(
            place,
            self.default_author or "imported",
            Authors(profiles, mapped, usual_role(current_app.config["DEFAULT_ROLE"])),
            pictures,
            dry_run=self.dry_run,
            overwrite=self.overwrite,
            report=Report(entries=[*entries, *(Entry.note(place, note) for note in notes)]),
        )

    def pictures(self, source: PictureSource | None) -> Pictures:
        """Return what uploads the pictures of posts. Without a source, posts keep their references."""
        store, max_pixels = current_app.extensions["media_store"], current_app.config["MEDIA_MAX_PIXELS"]
        return Pictures(source, store, max_pixels, dry_run=self.dry_run)

    def exported_pictures(self, folder: Path) -> ExportedPictures:
        """Return what restores the pictures of an export."""
        files = PictureFolders(folder, (), max_picture_bytes())
        return ExportedPictures(folder, files, current_app.extensions["media_store"], dry_run=self.dry_run)

    def reporting(self, importer: Importer) -> AbstractContextManager[None]:
        """Print and write the report on the import, also if it stops with an error."""
        return reporting(
            importer.place, importer.report, self.report_file, strict=self.strict, dry_run=self.dry_run
        )


def max_picture_bytes() -> int:
    """Return the largest size of a picture (MEDIA_MAX_MB)."""
    return int(current_app.config["MEDIA_MAX_MB"]) * 1024 * 1024


def import_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the shared options to a command, which receives them as `options`."""

    @functools.wraps(function)
    def run(*args: Any, **given: Any) -> None:
        shared = {name: given.pop(name) for name in ImportOptions.__dataclass_fields__}
        function(*args, options=ImportOptions(**shared), **given)

    wrapped: Callable[..., None] = report_options(run)
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def _map_authors(mappings: Iterable[str], default_author: str | None) -> tuple[dict[str, int], list[Note]]:
    """Return the ids of the accounts that the operator has chosen, by folded name, and notes on them.

    The default author can be new.
    """
    mapped: dict[str, int] = {}
    notes: list[Note] = []
    with reading():
        user = find_user(username_for(default_author)) if default_author else None
        if default_author and user and not user.imported:
            mapped[fold(default_author)] = user.id
        for mapping in mappings:
            name, _, username = mapping.rpartition("=")
            user = find_user(username.strip())
            if not name or user is None:
                raise click.BadParameter(
                    f"{mapping!r} is not a name and an existing username, such as Ada=ada.",
                    param_hint="'--map-author'",
                )
            mapped[fold(name.strip())] = user.id
            detail = f"the posts of {name} go to the account {user.username}"
            notes.append(Note(Code.AUTHOR_MAPPED, detail))
    return mapped, notes
