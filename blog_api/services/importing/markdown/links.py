"""Replace the links between the posts of a folder by links to their new addresses.

A link leads to the URL of the post by POST_URL, if that is certain, and otherwise to an alias of the post. Neither
depends on which posts are imported already, so an import that was interrupted and repeated has the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from blog_api.services.importing.markdown.sources import decode, read_bytes
from blog_api.services.importing.post_addresses import certain_slugs, post_path
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Refused, Tally
from blog_api.text.paths import canonical_path
from blog_api.text.permalinks import DATE_PLACEHOLDERS, Permalinks
from blog_api.text.picture_references import Reference, replace_urls
from blog_api.text.post_links import Pages, PostLink, alias_of, find_post_links, may_link_to, plain_slug
from blog_api.text.rendering import TooComplex
from blog_api.text.template_code import LinkTag, convert

_LIQUID_FOLDERS = frozenset(["_posts", "_drafts"])


class FolderLinks:
    """The links between the files of a folder.

    `files` maps paths below the folder to files. `read` returns the post of a path, and `source_of` identifies it.
    """

    def __init__(
        self,
        folder: str,
        files: Mapping[str, Path],
        permalinks: Permalinks,
        read: Callable[[str], Document],
        source_of: Callable[[str], str],
    ) -> None:
        self._pages = Pages(files, folder)
        self._permalinks = permalinks
        self._targets: dict[str, set[str]] = {}
        slugs: dict[str, str | None] = {}
        for path, file in files.items():
            # It is reported when the file is imported.
            with suppress(Refused):
                text = decode(read_bytes(file))
                slugs[path] = plain_slug(text)
                if found := may_link_to(text, self._pages, path):
                    self._targets[path] = found
        addresses = self._find_addresses(slugs, read, source_of) if self._targets else {}
        self._aliases = {path: self._alias(path) for path, address in addresses.items() if address is None}
        self._addresses = addresses | self._aliases

    def digest(self, path: str) -> str:
        """Return what the post of a file depends on in other files, or ""."""
        alias = self._aliases.get(path)
        parts = [*sorted(self._targets.get(path, ())), *([f"alias {alias}"] if alias else [])]
        return " ".join([str(self._permalinks.post), *parts]) if parts else ""

    def convert(self, document: Document, path: str) -> Document:
        """Return the document with its links replaced and its template code converted."""
        linked: set[str] = set()

        def find_tag(tag: LinkTag) -> str | None:
            address = self._address(self._pages.find_tag(tag, path))
            linked.update([address] if address else [])
            return address

        converted = convert(
            document.content, is_liquid=_is_liquid(document, path), line=document.line, find_link=find_tag
        )
        content, tallies = converted.content, [*document.tallies, *converted.tallies]
        # Rendering refuses the post later.
        with suppress(TooComplex):
            if links := find_post_links(content, self._pages, path, linked):
                addresses = {reference.url: self._address(link) for reference, link in links}
                references = [reference for reference, _ in links]
                tallies += _tallies(content, document.line, references, addresses)
                content = replace_urls(
                    content, references, {url: found for url, found in addresses.items() if found}
                )
        aliases = dict.fromkeys([*filter(None, [self._aliases.get(path)]), *document.aliases])
        return replace(
            document,
            content=content,
            aliases=tuple(aliases),
            tallies=tuple(tallies),
        )

    def _alias(self, path: str) -> str | None:
        """Return an alias for the post of a file at which the site shows nothing else."""
        alias = alias_of(path)
        if alias and any(self._permalinks.targets_at(alias)):
            with suppress(ValueError):
                return canonical_path(f"/{path}")
        return alias

    def _address(self, link: PostLink | None) -> str | None:
        """Return the path at which the site shows or redirects to a post."""
        if link is None:
            return None
        # Files that only link to themselves have no address.
        path = self._addresses.get(link.path)
        return path + link.fragment if path else (link.fragment or None)

    def _find_addresses(
        self,
        plain_slugs: Mapping[str, str | None],
        read: Callable[[str], Document],
        source_of: Callable[[str], str],
    ) -> dict[str, str | None]:
        """Map the files to which others link to the paths of their posts on the site, or None for uncertain ones."""
        linked = set[str]().union(*self._targets.values())
        template = self._permalinks.post
        if template is None or "{id}" in template:
            return dict.fromkeys(linked)
        needs_date = any(placeholder in template for placeholder in DATE_PLACEHOLDERS)
        slugs: dict[str, str] = {}
        dates: dict[str, datetime | None] = {}
        for path, slug in plain_slugs.items():
            if slug and not (needs_date and path in linked):
                slugs[path] = slug
                continue
            with suppress(Refused):
                document = read(path)
                slugs[path], dates[path] = document.slug, document.date
        certain = certain_slugs(
            {slug: source_of(path) for path, slug in slugs.items() if path in linked}, slugs.values()
        )
        return {
            path: post_path(self._permalinks, slugs[path], dates.get(path))
            if slugs.get(path) in certain
            else None
            for path in linked
        }


def _tallies(
    content: str, line: int, references: Iterable[Reference], addresses: Mapping[str, str | None]
) -> list[Tally]:
    """Return tallies of links to files that are not posts."""
    tallies = []
    source, end = content.encode(), 0
    for reference in references:
        line += source.count(b"\n", end, reference.start)
        end = reference.start
        if addresses[reference.url] is None:
            detail = f"{reference.url[:200]} is not a post in the folder, so the link stays unchanged"
            tallies.append(Tally(Code.LINK_MISSING, detail, line))
    return tallies


def _is_liquid(document: Document, path: str) -> bool:
    """Return whether Jekyll or Eleventy made the page of a file."""
    has_layout = any(unread.key.lower() == "layout" for unread in document.unread)
    return has_layout or not _LIQUID_FOLDERS.isdisjoint(path.split("/"))
