"""The posts of an export as items to import."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from blog_api.services.importing.digests import digest_file
from blog_api.services.importing.ghost.addresses import Addresses
from blog_api.services.importing.ghost.links import address_finder
from blog_api.services.importing.ghost.pages import read_page
from blog_api.services.importing.ghost.posts import read_post
from blog_api.services.importing.ghost.rows import Row, read_rows
from blog_api.services.importing.ghost.site import Site
from blog_api.services.importing.ghost.tables import read_site
from blog_api.services.importing.importer import Importer
from blog_api.text.documents import Document
from blog_api.text.folding import fold
from blog_api.text.issues import Code, Refused
from blog_api.text.permalinks import Permalinks


@dataclass(frozen=True, slots=True)
class Export:
    """An export whose other tables have been read. `name` identifies the blog in the sources of its posts."""

    path: Path
    site: Site
    name: str

    def source_of(self, post: Row) -> str:
        """Return what identifies a post: the name of the blog, and the id of the post there."""
        return f"{self.name}/post-{post.key('id') or post.key('uuid')}"

    def link_posts(self, permalinks: Permalinks) -> None:
        """Let links between the posts lead to their new paths."""
        pages = (read_page(post, self.site, self.source_of(post)) for post in self.site.posts)
        self.site.find_address = address_finder(filter(None, pages), permalinks)

    def items(self) -> Iterator[GhostPost]:
        """Yield the posts and pages."""
        with self.path.open("rb") as file:
            yield from (GhostPost(row, self) for row in read_rows(file) if row.table == "posts")


@dataclass(frozen=True, slots=True)
class GhostPost:
    """A post or a page of an export."""

    row: Row
    export: Export
    line: int = 1

    @property
    def source(self) -> str:
        """What identifies the post."""
        return self.export.source_of(self.row)

    @property
    def place(self) -> Path:
        """The file and the slug, because exports are written in one line."""
        slug = self.row.text("slug") or self.row.key("id")
        return self.export.path.with_name(f"{self.export.path.name}#{slug.replace('/', '-')[:200]}")

    def digest(self, options: str) -> str:
        """Return a digest of all rows from which the post is made."""
        site = self.export.site
        tags = [tag.name for tag in site.tags_of(self.row)]
        # Unlike orjson, json writes numbers of any size.
        parts = json.dumps([site.meta_of(self.row).values, site.authors_of(self.row), tags], sort_keys=True)
        return digest_file(options, parts.encode())

    def read(self) -> Document:
        """Read the post. Raises Refused."""
        if not self.row.key("id") and not self.row.key("uuid"):
            raise Refused(Code.POST_INVALID, "the post has no id")
        return read_post(self.row, self.export.site)


# Wraps an iteration over a known number of posts.
Progress = Callable[[Iterable[GhostPost], int], Iterable[GhostPost]]


def import_posts(
    importer: Importer,
    addresses: Addresses,
    permalinks: Permalinks,
    name: str,
    *,
    with_roles: bool,
    progress: Progress,
) -> None:
    """Import the posts and pages of the file of the importer. Raises Refused if it is not an export of Ghost."""
    site = read_site(importer.place, addresses, importer.report, with_roles=with_roles)
    authors = importer.authors
    authors.profiles = site.profiles
    # Operators can map display names, but posts name slugs.
    named = {fold(profile.display_name): key for key, profile in authors.profiles.items()}
    by_slug = {named[key]: user_id for key, user_id in authors.mapped.items() if key in named}
    authors.mapped = by_slug | dict(authors.mapped)
    importer.tags = site.tag_details
    importer.options = f"ghost {addresses.url} {addresses.has_pictures} {permalinks.post}"
    export = Export(importer.place, site, name)
    export.link_posts(permalinks)
    importer.run(progress(export.items(), len(site.posts)))
    importer.record(name)
