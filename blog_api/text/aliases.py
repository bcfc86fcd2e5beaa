"""Read the paths of a post on its former site, from front matter of Hugo, Zola, Jekyll and Eleventy."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlsplit

from blog_api.text.former_addresses import (
    STYLES,
    NoDateError,
    Page,
    expand,
    former_path,
    has_placeholders,
    is_of_jekyll,
    unknown_placeholders,
)
from blog_api.text.front_matter import FALSE, TRUE, FrontMatter
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note
from blog_api.text.paths import canonical_path, other_spelling
from blog_api.text.permalinks import Permalinks, path_of

ALIAS_KEYS = ("aliases", "redirect_from")
# The address of the page itself.
ADDRESS_KEYS = ("permalink", "url", "path")
# Files of Zola have these keys, those of Hugo do not.
_OF_ZOLA = ("extra", "taxonomies")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{")
_HTML = (".html", ".htm", ".php", "/")


@dataclass(slots=True)
class Aliases:
    """Collects the aliases of a post, and notes on those that are invalid.

    `language` is that of a translation, whose address begins with it, as in Hugo.
    """

    matter: FrontMatter
    page: Page
    language: str = ""
    paths: dict[str, None] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def add_addresses(self, permalink: str) -> None:
        """Add the addresses that the front matter gives to the page, or else the one that `permalink` gives it."""
        before = len(self.paths)
        for key in ADDRESS_KEYS:
            value = self.matter.values.get(key)
            text = value.strip() if isinstance(value, str) else ""
            if text and text.lower() not in (*TRUE, *FALSE) and not _ADDRESS.match(text):
                self._add_address(key, text)
        if permalink and len(self.paths) == before:
            try:
                path = _checked(expand(permalink, self.page))
                self.paths.setdefault(f"/{self.language}{path}" if self.language else path)
            except NoDateError:
                # The report already says that there is no date.
                pass
            except ValueError as error:
                self._note("permalink", permalink, error)

    def _add_address(self, key: str, text: str) -> None:
        try:
            if _TEMPLATE.search(text):
                raise ValueError("a template")
            if key == "permalink" and has_placeholders(text):
                if unknown := unknown_placeholders(text):
                    raise ValueError(f"{unknown[0]} is unknown")
                path = expand(text, self.page)
            elif "?" in text or "#" in text:
                raise ValueError("a query")
            else:
                # Jekyll and Eleventy write the page to this file, Hugo and Zola to a file in this folder.
                ending = "" if key == "permalink" or text.startswith("/") or text.endswith(_HTML) else "/"
                path = former_path(text + ending)
            self.paths.setdefault(_checked(path))
        except NoDateError:
            pass
        except ValueError as error:
            self._note(key, text, error)

    def add_slug(self, slug: str, permalinks: Permalinks | None) -> None:
        """Add the addresses that the slug or the name can have had as it is written, if that is not `slug`.

        They are below the folder of the file, as in Hugo and Zola, and as the new site has them.
        """
        page = self.page
        written = (page.slug or page.name).strip("/")
        if not written or written == slug or re.search(r"\s", written):
            return
        folder = "" if is_of_jekyll(page) else posixpath.dirname(_page_path(page))
        found = [f"/{self.language}/{folder}/{written}/"]
        if url := post_url(permalinks, quote(written), page.date):
            found.append(urlsplit(url).path)
        for path in filter(None, found):
            try:
                self.paths.setdefault(_checked(former_path(path)))
            except ValueError as error:
                self._note("slug", written, error)

    def add_aliases(self, own_path: str) -> None:
        """Add the aliases in the front matter.

        A relative path in `aliases` is relative to the folder of the page, as in Hugo; in files of Zola, and in
        `redirect_from` of Jekyll, to the root of the site.
        """
        is_of_zola = any(key in self.matter.values for key in _OF_ZOLA)
        page = own_path or _page_path(self.page)
        for key in ALIAS_KEYS:
            folder = posixpath.dirname(page) if key == "aliases" and not is_of_zola else ""
            value = self.matter.get(key)
            for alias in value if isinstance(value, list) else [value]:
                try:
                    if alias:
                        self.paths.setdefault(_absolute(alias, folder))
                except ValueError as error:
                    self._note(key, str(alias), error)

    def without(self, url: str | None) -> tuple[str, ...]:
        """Return the paths, without the one that the post has anyway."""
        path = path_of(url) if url else None
        own = (path, other_spelling(path)) if path else ()
        return tuple(alias for alias in self.paths if alias not in own)

    def _note(self, key: str, alias: str, error: ValueError) -> None:
        detail = f"{key}: {alias[:100]} is not a path of the site ({error}), so it is left out"
        self.notes.append(Note(Code.ALIAS_INVALID, detail, self.matter.line_of(key)))


def post_url(permalinks: Permalinks | None, slug: str, date: datetime | None) -> str | None:
    """Return the URL that a post with this slug will have, unless it depends on its id."""
    if permalinks is None or permalinks.post is None or "{id}" in permalinks.post:
        return None
    return permalinks.post_url(0, slug, date)


def own_path(matter: FrontMatter) -> str:
    """Return the path that the front matter gives to the page, such as `2020/01/02/name`, or "" if there is none."""
    path = matter.text("path") or next(
        (url for key in ("permalink", "url") if "/" in (url := matter.text(key))), ""
    )
    # Colons occur in patterns (`/:year/:title`) and in addresses of other sites.
    return "" if re.search("[:?#]", path) or _TEMPLATE.search(path) or path in STYLES else path.strip("/")


def _page_path(page: Page) -> str:
    """Return the path of a page, relative to the root of the site, as Hugo makes it."""
    folder, _, name = page.path.rpartition("/")
    return folder if name.startswith("index.") else posixpath.join(folder, page.name)


def _checked(path: str) -> str:
    if path == "/":
        raise ValueError("the root")
    return path


def _absolute(alias: Value, folder: str) -> str:
    """Return the canonical path of an alias. Raises ValueError."""
    if not isinstance(alias, str):
        raise ValueError("not text")
    alias = alias.strip()
    if "?" in alias or "#" in alias or "://" in alias:
        raise ValueError("a URL or a query")
    if not alias.startswith("/"):
        alias = _join(folder, alias)
    return _checked(canonical_path(alias))


def _join(folder: str, alias: str) -> str:
    """Return the path of a relative alias. Like Hugo, it ends with a slash unless it names an HTML file."""
    path = posixpath.normpath(f"/{folder}/{alias}").replace("//", "/")
    return path if path.endswith((".html", ".htm", "/")) else f"{path}/"
