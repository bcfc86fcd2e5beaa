"""The command that imports an export of WordPress."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from blog_api.cli.failures import command
from blog_api.cli.imports import ImportOptions, import_options, max_picture_bytes
from blog_api.cli.progress import progress
from blog_api.context import exchange
from blog_api.outgoing.client import Client
from blog_api.services.importing.picture_sources import PictureSource
from blog_api.services.importing.wordpress.authors import read_profiles
from blog_api.services.importing.wordpress.blog import import_blog
from blog_api.services.importing.wordpress.media import SECONDS, FetchedMedia, MediaFolder
from blog_api.services.importing.wordpress.roles import read_roles
from blog_api.services.importing.wordpress.site import Site
from blog_api.text.issues import Refused

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_FETCH = "fetch"


@command("import-wordpress", runs_alone=True)
@click.argument("file", type=_file)
@click.option(
    "--media",
    metavar="FOLDER|fetch",
    help="Upload pictures from a copy of wp-content/uploads, or fetch them from the blog (over https, and from public "
    "addresses). Without it, posts refer to the pictures on the old blog.",
)
@click.option(
    "--allow-host",
    "trusted_hosts",
    multiple=True,
    metavar="HOST",
    help="With --media fetch: a host that may have a local address and use http. Can be repeated.",
)
@click.option(
    "--roles",
    "roles_file",
    type=_file,
    metavar="FILE.csv",
    help="Give new accounts their roles, from `wp user list --fields=user_login,roles --format=csv`.",
)
@import_options
def import_wordpress(
    file: Path,
    media: str | None,
    trusted_hosts: tuple[str, ...],
    roles_file: Path | None,
    options: ImportOptions,
) -> None:
    """Import an export of WordPress.

    FILE.xml is what Tools > Export writes (WXR 1.0 to 1.2): posts, pages, their authors, tags, categories and comments.
    Run it again with a newer export to add and update posts. Posts that were edited in the blog are skipped, and
    permanently deleted posts are not created again.

    By default, the address of the blog in the file identifies it. Set --name if that address changes.
    """
    folder = _media_folder(media)
    if trusted_hosts and media != _FETCH:
        raise click.UsageError("--allow-host needs --media fetch.")
    roles = _roles(roles_file)
    with Site() as site:
        with file.open("rb") as stream:
            site.read(stream)
        profiles, entries = read_profiles(file, site, roles)
        with _pictures(site, folder, trusted_hosts, fetch=media == _FETCH) as pictures:
            importer = options.importer(file, options.pictures(pictures), profiles, entries)
            name = options.name or site.url or file.resolve().as_posix()
            with options.reporting(importer):
                import_blog(importer, site, exchange.permalinks, name, options.timezone, progress)


def _media_folder(media: str | None) -> Path | None:
    """Return the folder with pictures, if it is one. Raises click.BadParameter."""
    if media is None or media == _FETCH:
        return None
    folder = Path(media)
    if not folder.is_dir():
        raise click.BadParameter(f"{media!r} is neither a folder nor 'fetch'.", param_hint="'--media'")
    return folder


def _roles(file: Path | None) -> Mapping[str, str]:
    """Return the roles in the file by folded login. Raises click.BadParameter."""
    try:
        return read_roles(file) if file else {}
    except Refused as error:
        raise click.BadParameter(f"{str(file)!r}: {error.detail}.", param_hint="'--roles'") from error


@contextmanager
def _pictures(
    site: Site, folder: Path | None, trusted_hosts: tuple[str, ...], *, fetch: bool
) -> Iterator[PictureSource | None]:
    """Return the source of pictures, if they are imported. Deletes downloads at the end."""
    max_bytes = max_picture_bytes()
    if fetch:
        with tempfile.TemporaryDirectory() as fetched, Client(trusted_hosts, seconds=SECONDS) as client:
            yield FetchedMedia(site, client, Path(fetched), max_bytes, trusted_hosts)
    else:
        yield MediaFolder(folder, site, max_bytes) if folder else None
