"""The second pass over an export: its posts and pages as items to import, and what is left out, by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from blog_api.services.importing.digests import digest_file
from blog_api.services.importing.report import Report
from blog_api.services.importing.wordpress.fields import drop_unused, is_used
from blog_api.services.importing.wordpress.index import is_id
from blog_api.services.importing.wordpress.nodes import Node
from blog_api.services.importing.wordpress.posts import read_post
from blog_api.services.importing.wordpress.site import KINDS, Site
from blog_api.services.importing.wordpress.values import read_meta
from blog_api.services.importing.wordpress.wxr import read_wxr
from blog_api.text.documents import Document
from blog_api.text.issues import Code, Note, Refused, Tally

_SKIPPED_STATUSES = ("auto-draft", "inherit")
# What changes without a change of the post.
_NOT_DIGESTED = ("pubDate", "wp:ping_status", "wp:menu_order", "wp:post_modified", "wp:post_modified_gmt")
_NOT_DIGESTED_OF_COMMENTS = (
    *("wp:comment_author_email", "wp:comment_author_IP", "wp:comment_author_url", "wp:commentmeta"),
)
_URL = re.compile(r"""//[^\s"'<>\[\]\\]+""")
# Ids of attachments in the classes of images, in blocks, and in galleries.
_IDS = {
    "wp-image-": re.compile(r"wp-image-(\d+)"),
    '"id":': re.compile(r'"id":(\d+)'),
    "[gallery": re.compile(r"""\[gallery [^\]]*?\bids=["']?([\d,\s]+)"""),
}


@dataclass(frozen=True, slots=True)
class Export:
    """An export that has been read once. `name` identifies the blog in the sources of its posts."""

    path: Path
    site: Site
    name: str
    zone: tzinfo

    def items(self, report: Report) -> Iterator[WordPressItem]:
        """Yield the posts and pages. Raises Refused where the file is broken. Adds to the report."""
        for node in self._read():
            if reason := _why_skipped(node):
                report.tally(self.path, Tally(Code.LEFT_OUT, reason, node.line))
            elif node.get("wp:post_type") != "attachment":
                self._mark_attachments(node)
                yield WordPressItem(node, self)
        if unused := self.site.index.count_unused():
            detail = f"files of the media library that no post shows: {unused:,}"
            report.note(self.path, Note(Code.LEFT_OUT, detail))

    def _read(self) -> Iterator[Node]:
        """Yield all items of the file. Raises Refused where it is broken."""
        line = 0
        with self.path.open("rb") as file:
            try:
                for node in read_wxr(file):
                    if node.name == "item":
                        line = node.line
                        drop_unused(node)
                        yield node
            except Refused as error:
                if not line:
                    raise
                detail = (
                    f"{error.detail}; only the items before it are imported, up to the one in line {line}"
                )
                raise Refused(error.code, detail, error.line) from error

    def _mark_attachments(self, node: Node) -> None:
        content = node.get("content:encoded")
        thumbnail = read_meta(node).get("_thumbnail_id", "")
        found = [
            lists for sign, pattern in _IDS.items() if sign in content for lists in pattern.findall(content)
        ]
        ids = [each for text in ",".join([thumbnail, *found]).split(",") if is_id(each := text.strip())]
        self.site.index.mark_used(_URL.findall(content), ids)


def _why_skipped(item: Node) -> str:
    """Describe items of this kind if they are not imported. Return "" for others."""
    kind, status = item.get("wp:post_type") or "post", item.get("wp:status")
    if kind == "attachment":
        return ""
    if kind not in KINDS:
        return f"items of the type {kind[:50]}"
    return f"items in the state {status}" if status in _SKIPPED_STATUSES else ""


@dataclass(frozen=True, slots=True)
class WordPressItem:
    """A post or a page of an export."""

    node: Node
    export: Export

    @property
    def source(self) -> str:
        """The address or name of the blog, and the id of the post there."""
        post_id = self.node.get("wp:post_id")
        return f"{self.export.name}/post-{post_id or self.node.get('guid')}"

    @property
    def place(self) -> Path:
        """The file."""
        return self.export.path

    @property
    def line(self) -> int:
        """The line at which the post begins."""
        return self.node.line

    def digest(self, options: str) -> str:
        """Return a digest of all parts from which the post is made. Raises Refused."""
        meta = read_meta(self.node)
        thumbnail = meta.get("_thumbnail_id", "")
        attachment = self.export.site.index.attachment(thumbnail) if is_id(thumbnail) else None
        # XML has no NUL, so it can separate the parts.
        parts = [
            *_parts_of(self.node),
            *(f"{key}\0{meta[key]}" for key in sorted(meta) if is_used(key, meta[key])),
        ]
        return digest_file(options, "\0".join([*parts, *(attachment or ())]).encode())

    def read(self) -> Document:
        """Read the post. Raises Refused."""
        if not self.node.get("wp:post_id") and not self.node.get("guid"):
            raise Refused(Code.POST_INVALID, "there is neither a wp:post_id nor a guid", self.node.line)
        return read_post(self.node, self.export.site, self.export.zone)


def _parts_of(item: Node) -> Iterator[str]:
    for child in item.children:
        if child.name == "wp:comment":
            names = (each for each in child.children if each.name not in _NOT_DIGESTED_OF_COMMENTS)
            yield "\0".join(f"{each.name}\0{each.text}" for each in names)
        elif child.name != "wp:postmeta" and child.name not in _NOT_DIGESTED:
            yield f"{child.name}\0{child.text}\0{sorted(child.attributes.items())}"
