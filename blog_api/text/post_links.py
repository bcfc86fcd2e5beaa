"""Find the posts to which links in Markdown refer: by file, by the path of its page, or by a template tag."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Iterable, Iterator
from typing import Literal, NamedTuple
from urllib.parse import unquote

from blog_api.text.file_names import MARKDOWN_SUFFIXES
from blog_api.text.paths import canonical_path
from blog_api.text.picture_references import Reference, find_urls, local_path
from blog_api.text.slugs import MAX_SLUG
from blog_api.text.template_code.tags import LinkTag

# How many of the folders above the files a link can name: `content/blog/a.md` for `a.md`.
_LEVELS = 3
_FILES = (*MARKDOWN_SUFFIXES, ".text")
_ENDINGS = (*_FILES, ".html", ".htm")
# These find all links, and more: they do not know what is code.
_URL = r"(?![a-zA-Z][a-zA-Z0-9+.-]*:|//|#|\{)([^\s<>\"'()]+)"
_URLS = (
    ("](", re.compile(rf"\]\(\s*<?{_URL}")),
    ("]:", re.compile(rf"\]:\s*<?{_URL}")),
    ("href", re.compile(rf"href\s*=\s*[\"']?{_URL}")),
    ("HREF", re.compile(rf"HREF\s*=\s*[\"']?{_URL}")),
)
_TAGS: tuple[tuple[str, Literal["path", "name", "ref"], re.Pattern[str]], ...] = (
    ("{{", "ref", re.compile(r"\{\{[<%]\s*(?:ref|relref|link)\s+(?:path\s*=\s*)?[\"'`]?([^\s\"'`>%]+)")),
    ("{%", "path", re.compile(r"\{%-?\s*link\s+[\"']?([^\s\"'%]+)")),
    ("{%", "name", re.compile(r"\{%-?\s*post_url\s+[\"']?([^\s\"'%]+)")),
)

_SLUG = re.compile(
    r"^slug[ \t]*:(?:[ \t]*([\"']?)([a-z0-9]+(?:-[a-z0-9]+)*)\1[ \t]*$)?", re.MULTILINE | re.IGNORECASE
)


class PostLink(NamedTuple):
    """A link to a post: the path of its file below the folder, and the fragment with its `#`, or ""."""

    path: str
    fragment: str


class Pages:
    """The files of posts in a folder. `folder` is its absolute path, whose end links can name."""

    def __init__(self, paths: Iterable[str], folder: str) -> None:
        above = [part for part in folder.split("/") if part][-_LEVELS:]
        self._above = "/".join(above)
        self._by_page: dict[str, str] = {}
        # None if several files have this name.
        self._by_name: dict[str, str | None] = {}
        for path in paths:
            page = page_of(path)
            self._by_page.setdefault(page, path)
            name = posixpath.basename(page)
            self._by_name[name] = None if name in self._by_name else path

    def find_url(self, url: str, file: str) -> PostLink | None:
        """Return the post to which a URL in the post of a file refers."""
        path = local_path(url)
        if path is None or not _is_plain(path):
            return None
        fragment = _fragment(url)
        if path.startswith("@/"):
            return self._found([path[2:]], fragment)
        if path.startswith("/"):
            return self._found([path[1:]], fragment)
        folder = posixpath.dirname(file)
        if names_file(path):
            return self._found([f"{folder}/{path}"], fragment, is_relative=True)
        # On the site, the page of a file is a folder.
        return self._found([f"{page_of(file)}/{path}", f"{folder}/{path}"], fragment, is_relative=True)

    def find_tag(self, tag: LinkTag, file: str) -> PostLink | None:
        """Return the post to which a tag in the post of a file refers."""
        path, fragment = unquote(tag.target.partition("#")[0]), _fragment(tag.target)
        if not path or not _is_plain(path):
            return None
        if tag.kind == "ref" and not path.startswith("/"):
            beside = self._found([f"{posixpath.dirname(file)}/{path}"], fragment, is_relative=True)
            if beside:
                return beside
        if tag.kind != "name" and (found := self._found([path.lstrip("/")], fragment)):
            return found
        name = None
        if tag.kind == "name" or (tag.kind == "ref" and "/" not in path):
            name = self._by_name.get(posixpath.basename(page_of(path)))
        return PostLink(name, fragment) if name else None

    def _found(self, paths: list[str], fragment: str, *, is_relative: bool = False) -> PostLink | None:
        for path in paths:
            for candidate in self._candidates(path, is_relative=is_relative):
                if file := self._by_page.get(page_of(candidate)):
                    return PostLink(file, fragment)
        return None

    def _candidates(self, path: str, *, is_relative: bool) -> Iterator[str]:
        """Yield the paths below the folder that a path from the folder, or from one above it, can mean."""
        if "./" not in path and "//" not in path and not path.endswith("."):
            # Most paths; normalising takes longer than the rest.
            yield path.lstrip("/")
        elif is_relative:
            whole = posixpath.normpath(f"/{self._above}/{path}").lstrip("/")
            inner = whole.removeprefix(f"{self._above}/")
            if inner != whole:
                yield inner
        if is_relative:
            return
        path = posixpath.normpath(path)
        yield path
        above = self._above
        while above:
            if path.startswith(f"{above}/"):
                yield path.removeprefix(f"{above}/")
            above = above.partition("/")[2]


def page_of(path: str) -> str:
    """Return the path of a file without its ending, or that of its folder for an index file."""
    path = path.strip("/")
    if names_file(path):
        path = path[: path.rindex(".")]
    if not path.endswith("index"):
        return path
    folder, _, name = path.rpartition("/")
    return folder if name == "index" else path


def names_file(path: str) -> bool:
    """Return whether the path has the ending of a file from which a page is made."""
    return path.lower().endswith(_ENDINGS)


def alias_of(path: str) -> str | None:
    """Return the path at which the page of a file can be, for links to it, or None if it cannot be an alias."""
    parts = [part for part in page_of(path).split("/") if part not in ("_posts", "_drafts")]
    try:
        return canonical_path(f"/{'/'.join(parts)}/") if "".join(parts) else None
    except ValueError:
        return None


def may_link_to(text: str, pages: Pages, file: str) -> set[str]:
    """Return the files of the posts to which a file seems to link. This is quick, and also looks into code."""
    links = [pages.find_url(url, file) for url in _quick_urls(text)]
    for sign, kind, pattern in _TAGS:
        if sign in text:
            links += [pages.find_tag(LinkTag(kind, target), file) for target in pattern.findall(text)]
    return {link.path for link in links if link and link.path != file}


def plain_slug(text: str) -> str | None:
    """Return the slug in YAML front matter, if it is written as one. Reading the post takes a hundred times longer."""
    end = text.find("\n---", 3) if text.startswith("---\n") else -1
    found = _SLUG.findall(text, 0, end) if end > 0 else []
    slug = found[0][1] if len(found) == 1 else ""
    return slug if 0 < len(slug) <= MAX_SLUG and slug == slug.lower() != "null" else None


def find_post_links(
    content: str, pages: Pages, file: str, others: Container[str] = ()
) -> list[tuple[Reference, PostLink | None]]:
    """Return the links to posts in Markdown, and those to files of posts that do not exist.

    Leaves out tags, and the URLs in `others`. Raises TooComplex like rendering.
    """

    def is_link(url: str, is_image: bool) -> bool:
        if is_image or url in others:
            return False
        return names_post_file(url) or pages.find_url(url, file) is not None

    # Parsing Markdown takes longer.
    if not any(is_link(url, False) for url in _quick_urls(content)):
        return []
    return [(reference, pages.find_url(reference.url, file)) for reference in find_urls(content, is_link)]


def _quick_urls(text: str) -> Iterator[str]:
    """Yield the local URLs in the text, and more."""
    for sign, pattern in _URLS:
        if sign in text:
            yield from pattern.findall(text)


def names_post_file(url: str) -> bool:
    """Return whether a URL is that of a local Markdown file."""
    path = local_path(url) or ""
    return path.lower().endswith(_FILES)


def _is_plain(path: str) -> bool:
    return "\0" not in path and len(path) < 1000


def _fragment(url: str) -> str:
    _, hash_, fragment = url.partition("#")
    return hash_ + fragment
