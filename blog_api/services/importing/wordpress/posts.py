"""Read posts and pages of an export as documents."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, tzinfo

from blog_api.services.importing.limits import shorten
from blog_api.services.importing.wordpress import urls
from blog_api.services.importing.wordpress.comments import read_comments
from blog_api.services.importing.wordpress.content import Content, read_content
from blog_api.services.importing.wordpress.fields import count_others, read_fields
from blog_api.services.importing.wordpress.index import Attachment, is_id
from blog_api.services.importing.wordpress.nodes import MAX_TEXT, Node
from blog_api.services.importing.wordpress.site import NOT_TAGS, Site
from blog_api.services.importing.wordpress.states import read_state
from blog_api.services.importing.wordpress.values import read_date, read_meta, read_slug, to_line
from blog_api.text.documents import Document
from blog_api.text.folding import fold_tag
from blog_api.text.issues import Code, Note, Refused, Tally
from blog_api.text.paths import canonical_path
from blog_api.text.slugs import slugify

_UNDATED = ("draft", "pending")
# In characters, of a title made from the text.
_MAX_TITLE = 60
# Co-Authors Plus keeps authors as terms.
_CO_AUTHOR = "cap-"


def read_post(item: Node, site: Site, zone: tzinfo) -> Document:
    """Read a post. Raises Refused if a part of it is too large."""
    if item.is_cut or any(child.is_cut for child in item.children):
        raise Refused(
            Code.ITEM_TOO_LARGE, f"a text has more than {MAX_TEXT:,} characters, or the item too many parts"
        )
    meta = read_meta(item)
    state = read_state(item, meta)
    content = _content(item, site)
    title, notes = _title(item, content)
    thread = read_comments(item, site.logins, zone)
    terms = list(item.all("category"))
    return Document(
        title=title,
        slug=read_slug(item) or slugify(title),
        date=_date(item, zone),
        summary=to_line(item.get("excerpt:encoded")) or content.teaser,
        authors=_authors(item, terms),
        tags=_tags(terms),
        content=content.markdown,
        status=state.status,
        notes=(*state.notes, *notes),
        uid=item.get("guid")[:500],
        aliases=tuple(_aliases(item, meta, site)),
        unread=read_fields(item, meta, terms, site),
        members={
            "kind": "page" if item.get("wp:post_type") == "page" else "post",
            "featured": item.get("wp:is_sticky") == "1",
            "comments_open": item.get("wp:comment_status") == "open",
        },
        deleted_at=state.deleted_at,
        comments=tuple(thread.comments),
        tallies=(*_tallies(content, terms), *count_others(meta, item.line), *thread.tallies),
        line=item.line,
    )


def _date(item: Node, zone: tzinfo) -> datetime | None:
    """Return the date of a post. A draft has none until it is published, unless somebody has set one."""
    is_undated = item.get("wp:status") in _UNDATED
    local = "" if is_undated else item.get("wp:post_date")
    return read_date(item.get("wp:post_date_gmt"), local, zone)


def _content(item: Node, site: Site) -> Content:
    post_id = item.get("wp:post_id")

    def find_attachments(ids: list[str]) -> list[Attachment]:
        if not ids:
            return site.index.attachments_of(post_id) if is_id(post_id) else []
        found = (site.index.attachment(each) for each in ids if is_id(each))
        return [attachment for attachment in found if attachment]

    return read_content(item.get("content:encoded"), find_attachments, site.find_address)


def _title(item: Node, content: Content) -> tuple[str, tuple[Note, ...]]:
    """Return the title, or else the beginning of the text. Posts of WordPress can do without one."""
    if title := to_line(item.get("title")):
        return title, ()
    text = to_line(content.teaser or item.get("excerpt:encoded") or item.get("content:encoded")[:5000])
    title = shorten(text, _MAX_TITLE) or f"Post {item.get('wp:post_id')}"
    detail = f"no title, so it is made from the text: {title}"
    return title, (Note(Code.TITLE_FROM_NAME, detail, item.line),)


def _authors(item: Node, terms: list[Node]) -> tuple[str, ...]:
    """Return the logins of the authors, the owner first."""
    named = [each for each in terms if each.attributes.get("domain") == "author"]
    others = [each.attributes.get("nicename", "").removeprefix(_CO_AUTHOR) for each in named]
    creator = to_line(item.get("dc:creator"))
    return tuple(dict.fromkeys(filter(None, [creator, *others])))


def _tags(terms: list[Node]) -> tuple[str, ...]:
    """Return the distinct names of tags, categories, and terms of other taxonomies."""
    names: dict[str, str] = {}
    for term in terms:
        if term.attributes.get("domain") not in NOT_TAGS and (name := to_line(term.text)):
            names.setdefault(fold_tag(name), name)
    return tuple(names.values())


def _aliases(item: Node, meta: Mapping[str, str], site: Site) -> Iterator[str]:
    """Yield the distinct paths of a post on its former site: of its link, with an older slug, and the first one."""
    link, first = (urls.own_path(item.get(name), site.hosts) for name in ("link", "guid"))
    former = meta.get("_wp_old_slug", "")
    slash = "/" if link.endswith("/") else ""
    older = f"{posixpath.dirname(link.rstrip('/'))}/{former}{slash}" if link and former else ""
    for path in dict.fromkeys(filter(None, (link, older, first))):
        with suppress(ValueError):
            yield canonical_path(path)


def _tallies(content: Content, terms: list[Node]) -> Iterator[Tally]:
    yield from content.tallies
    for term in terms:
        domain = term.attributes.get("domain")
        if domain in NOT_TAGS and domain not in ("author", "language"):
            yield Tally(Code.LEFT_OUT, f"terms of the taxonomy {domain}", term.line)
