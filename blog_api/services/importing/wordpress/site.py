"""The first pass over an export: the blog, its authors and tags, and what posts refer to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, Self
from urllib.parse import parse_qsl

from blog_api.services.importing.wordpress import urls
from blog_api.services.importing.wordpress.index import Attachment, Index, Post, is_id
from blog_api.services.importing.wordpress.nodes import Node
from blog_api.services.importing.wordpress.states import is_public
from blog_api.services.importing.wordpress.values import read_meta, read_slug, to_line
from blog_api.services.importing.wordpress.wxr import read_wxr
from blog_api.text.bylines import public_name
from blog_api.text.folding import fold, fold_tag
from blog_api.text.issues import Refused
from blog_api.text.paths import other_spelling

KINDS = ("post", "page")
# Taxonomies of WordPress and of plugins that do not become tags.
NOT_TAGS = ("author", "language", "nav_menu", "post_format", "post_translations", "term_translations")
_NOT_NEEDED = (
    "category", "content:encoded", "dc:creator", "description", "pubDate", "wp:comment", "wp:comment_status",
    "wp:is_sticky", "wp:menu_order", "wp:ping_status", "wp:post_modified", "wp:post_modified_gmt",
)  # fmt: skip


class Author(NamedTuple):
    """An author in the head of an export."""

    login: str
    display_name: str
    email: str


class Term(NamedTuple):
    """A tag, a category or another term in the head of an export."""

    name: str
    slug: str
    description: str


@dataclass(slots=True)
class Site:
    """The blog in an export. `authors` are by folded login, `logins` by user id, and `terms` by folded tag name."""

    url: str = ""
    hosts: frozenset[str] = frozenset()
    authors: dict[str, Author] = field(default_factory=dict)
    logins: dict[str, str] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    # The URLs of the folders with uploads, without the scheme.
    upload_roots: set[str] = field(default_factory=set)
    index: Index = field(default_factory=Index)

    def __enter__(self) -> Self:
        """Return the site."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Delete the index."""
        self.index.close()

    def read(self, file: BinaryIO) -> None:
        """Read a file, up to the first error in it, which the second pass reports."""
        with suppress(Refused):
            for node in read_wxr(file, _NOT_NEEDED):
                self._add(node)

    def find_address(self, url: str) -> str:
        """Return the path of the post at a URL of the blog, with the fragment of the URL, or ""."""
        parts = urls.split(url)
        if parts.host not in self.hosts:
            return ""
        path = self._path_for_query(parts.query) if parts.query else self._known_spelling(url)
        return f"{path}#{parts.fragment}" if path and parts.fragment else path

    def _path_for_query(self, query: str) -> str:
        """Return the path of a post by its short URL, such as `/?p=1`."""
        match parse_qsl(query):
            case [("p" | "page_id", post_id)] if is_id(post_id):
                return self.index.path_of(post_id)
        return ""

    def _known_spelling(self, url: str) -> str:
        path = urls.own_path(url, self.hosts)
        spellings = (path, other_spelling(path)) if path else ()
        return next((found for each in spellings if (found := self.index.path_at(each))), "")

    def _add(self, node: Node) -> None:
        match node.name:
            case "item":
                self._add_item(node)
            case "link" | "wp:base_site_url" | "wp:base_blog_url":
                self._add_url(node)
            case "wp:author":
                self._add_author(node)
            case "wp:category":
                self._add_term(node, "wp:cat_name", "wp:category_nicename", "wp:category_description")
            case "wp:tag":
                self._add_term(node, "wp:tag_name", "wp:tag_slug", "wp:tag_description")
            case "wp:term" if node.get("wp:term_taxonomy") not in NOT_TAGS:
                self._add_term(node, "wp:term_name", "wp:term_slug", "wp:term_description")

    def _add_url(self, node: Node) -> None:
        url = node.text.strip().rstrip("/")
        self.hosts |= urls.hosts_of([url])
        if not self.url or node.name == "wp:base_blog_url":
            self.url = url

    def _add_author(self, node: Node) -> None:
        if login := to_line(node.get("wp:author_login")):
            name = public_name(to_line(node.get("wp:author_display_name")) or login) or login
            self.authors.setdefault(fold(login), Author(login, name, node.get("wp:author_email")))
            self.logins.setdefault(node.get("wp:author_id"), login)

    def _add_term(self, node: Node, name: str, slug: str, description: str) -> None:
        if text := to_line(node.get(name)):
            term = Term(text, node.get(slug), to_line(node.get(description)))
            self.terms.setdefault(fold_tag(text), term)

    def _add_item(self, node: Node) -> None:
        post_id, kind = node.get("wp:post_id"), node.get("wp:post_type")
        if not is_id(post_id):
            return
        if kind == "attachment":
            self._add_attachment(node, post_id)
        elif kind in KINDS:
            path = urls.own_path(node.get("link"), self.hosts)
            dates = (node.get("wp:post_date_gmt"), node.get("wp:post_date"))
            self.index.add_post(Post(post_id, path, read_slug(node), *dates, is_public(node)))

    def _add_attachment(self, node: Node, post_id: str) -> None:
        meta = read_meta(node)
        url = node.get("wp:attachment_url") or node.get("guid")
        alt = to_line(meta.get("_wp_attachment_image_alt", ""))
        attachment = Attachment(url, alt, to_line(node.get("excerpt:encoded")))
        self.index.add_attachment(post_id, node.get("wp:post_parent"), attachment)
        file = meta.get("_wp_attached_file", "").strip()
        if file and url.endswith(f"/{file}"):
            self.upload_roots.add(urls.without_scheme(url.removesuffix(file)))
