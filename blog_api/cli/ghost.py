"""The command that imports an export of Ghost."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from blog_api.cli.failures import command
from blog_api.cli.imports import ImportOptions, import_options, max_picture_bytes
from blog_api.cli.progress import progress
from blog_api.context import exchange
from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.export import import_posts
from blog_api.services.importing.ghost.pictures import GhostPictures
from blog_api.services.importing.ghost.redirects import import_redirects

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_folder = click.Path(exists=True, file_okay=False, path_type=Path)


def _url(context: click.Context, parameter: click.Parameter, url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise click.BadParameter(f"{url!r} is not a URL such as https://blog.example.")
    return url


@command("import-ghost", runs_alone=True)
@click.argument("file", type=_file)
@click.option("--url", default="", callback=_url, help="URL of the blog, such as https://blog.example.")
@click.option("--media", type=_folder, help="Upload the pictures in a copy of Ghost's folder content.")
@click.option(
    "--redirects", type=_file, help="Add the redirects in Ghost's redirects.json or redirects.yaml."
)
@click.option("--roles", is_flag=True, help="Give new accounts the roles that they have in Ghost.")
@import_options
def import_ghost(
    file: Path, url: str, media: Path | None, redirects: Path | None, *, roles: bool, options: ImportOptions
) -> None:
    """Import the JSON export of a Ghost blog.

    Reads exports of all versions, with posts, pages, tags and authors. Run it again with a newer export to update the
    posts that have changed. Posts that were edited in the blog are skipped.

    Set --name if you import several blogs: by default, the host in --url identifies the blog.
    """
    addresses = Addresses(url, has_pictures=media is not None)
    pictures = GhostPictures(media, addresses, max_picture_bytes()) if media else None
    importer = options.importer(file, options.pictures(pictures))
    name = options.name or urlsplit(url).hostname or "ghost"
    with options.reporting(importer):
        import_posts(importer, addresses, exchange.permalinks, name, with_roles=roles, progress=progress)
        if redirects:
            import_redirects(redirects, addresses, importer.report, dry_run=options.dry_run)
