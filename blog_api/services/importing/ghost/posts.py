"""Read posts and pages of an export as documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from turbohtml import parse_fragment

from blog_api.services.importing.ghost.content import Content, read_content
from blog_api.services.importing.ghost.links import Page
from blog_api.services.importing.ghost.rows import Row
from blog_api.services.importing.ghost.site import Site
from blog_api.text.documents import Document
from blog_api.text.folding import tidy
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note, Refused
from blog_api.text.paths import canonical_path
from blog_api.text.slugs import slugify
from blog_api.text.unread import Unread

_PUBLIC = ("published", "scheduled")
_DEFAULT_PERMALINKS = "/:slug/"
_PLACEHOLDER = re.compile(r":(\w+)")
# What only those who may edit the post see, in its metadata.
_KEPT = (
    "codeinjection_head", "codeinjection_foot", "custom_template", "og_title", "og_description", "twitter_title",
    "twitter_description",
)  # fmt: skip
# The image of a post is not read from these keys.
_KEPT_IMAGES = {"og_image": "open_graph_image", "twitter_image": "twitter_card_image"}


class _State(NamedTuple):
    """The status of a document, and why it is not public although it was in Ghost."""

    status: str
    reason: str = ""


def read_post(post: Row, site: Site) -> Document:
    """Read a post. Raises Refused if its date is invalid."""
    content = read_content(post, site.addresses, site.replace_links)
    state = _state(post, site.meta_of(post), content)
    title = tidy(post.text("title"))
    slug = _slug(post)
    date = _date(post, "published_at")
    authors, unknown = _authors(post, site)
    path, invalid = _alias(post, site, date)
    reasons = [Note(Code.HIDDEN, f"{state.reason}, so the post is a draft")] if state.reason else []
    return Document(
        title=title or (slug if state.status == "published" else ""),
        slug=slug,
        date=date,
        summary=post.text("custom_excerpt").strip(),
        authors=authors,
        tags=tuple(tag.name for tag in site.tags_of(post) if not tag.is_internal),
        content=content.markdown,
        status=state.status,
        notes=(*reasons, *unknown, *invalid, *content.notes),
        uid=post.key("uuid"),
        aliases=path,
        unread=tuple(_unread(post, site)),
        members={
            "kind": "page" if _is_page(post) else "post",
            "featured": post.flag("featured"),
        },
        created_at=_optional_date(post, "created_at"),
        updated_at=_optional_date(post, "updated_at"),
        tallies=content.tallies,
    )


def _state(post: Row, meta: Row, content: Content) -> _State:
    """Return the state of a post. Only what everybody could read is published."""
    status, visibility = post.text("status") or "draft", post.text("visibility") or "public"
    reason = ""
    if status == "sent" or (status in _PUBLIC and meta.flag("email_only")):
        reason = "it was only sent as a newsletter"
    elif visibility != "public":
        reason = f"only some readers may see it ({visibility[:50]})"
    elif status not in (*_PUBLIC, "draft"):
        reason = f"its status is {status[:50]}"
    elif status in _PUBLIC and content.is_missing:
        reason = "it is empty"
    return _State("published" if status in _PUBLIC and not reason else "draft", reason)


def _date(post: Row, column: str) -> datetime | None:
    """Return a date: text in UTC, or the milliseconds of old exports. Raises Refused if it is neither."""
    value = post.values.get(column)
    try:
        if isinstance(value, str) and value:
            date = datetime.fromisoformat(value)
            return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
        if isinstance(value, int | float) and value:
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError) as error:
        detail = f"{column} is not a valid date: {str(value)[:50]}"
        raise Refused(Code.DATE_INVALID, detail) from error
    return None


def _optional_date(post: Row, column: str) -> datetime | None:
    try:
        return _date(post, column)
    except Refused:
        return None


def _authors(post: Row, site: Site) -> tuple[tuple[str, ...], list[Note]]:
    """Return the slugs of the authors, and notes on those that the export lacks."""
    keys = site.authors_of(post)
    notes = [
        Note(Code.AUTHOR_MISSING, f"the export has no author with the id {key[:50]}")
        for key in keys
        if key not in site.authors
    ]
    return tuple(site.authors[key].slug for key in keys if key in site.authors), notes


def read_page(post: Row, site: Site, source: str) -> Page | None:
    """Return what links to a post need, or None if the post has no address or an invalid date."""
    try:
        date = _date(post, "published_at")
        path = canonical_path(_former_path(post, site, date))
    except (Refused, ValueError):
        return None
    is_public = _state(post, site.meta_of(post), Content("")).status == "published"
    return Page(path, source, _slug(post), date, is_public) if post.text("slug") else None


def _slug(post: Row) -> str:
    return slugify(post.text("slug"), "") or slugify(tidy(post.text("title")))


def _is_page(post: Row) -> bool:
    return post.values.get("type") == "page" or post.flag("page")


def _former_path(post: Row, site: Site, date: datetime | None) -> str:
    """Return the path of the post on the former site."""
    pattern = site.permalinks or _DEFAULT_PERMALINKS
    values = {"slug": post.text("slug"), "id": post.key("id")}
    if date:
        values |= {"year": f"{date.year:04}", "month": f"{date.month:02}", "day": f"{date.day:02}"}
    if _is_page(post) or not set(_PLACEHOLDER.findall(pattern)) <= set(values):
        pattern = _DEFAULT_PERMALINKS
    return site.addresses.path_of(_PLACEHOLDER.sub(lambda match: values[match[1]], pattern))


def _alias(post: Row, site: Site, date: datetime | None) -> tuple[tuple[str, ...], list[Note]]:
    """Return the former path of the post, or a note if it cannot be an alias."""
    path = _former_path(post, site, date)
    try:
        return ((canonical_path(path),), []) if post.text("slug") else ((), [])
    except ValueError as error:
        detail = f"{path[:100]} is not a path of the site ({error}), so it is left out"
        return (), [Note(Code.ALIAS_INVALID, detail)]


def _unread(post: Row, site: Site) -> Iterator[Unread]:
    """Yield what becomes members or metadata of the post."""
    meta = site.meta_of(post)
    picture = site.addresses.make_absolute(post.text("feature_image", "image"))
    found: dict[str, Value] = {
        "feature_image": picture,
        "feature_image_alt": meta.text("feature_image_alt") if picture else "",
        "feature_image_caption": _plain(meta.text("feature_image_caption")) if picture else "",
        "meta_title": meta.text("meta_title"),
        "meta_description": meta.text("meta_description"),
        "canonical_url": site.addresses.make_absolute(post.text("canonical_url")),
        "language": post.text("locale", "language"),
        **{name: meta.text(name) for name in _KEPT},
        **{key: site.addresses.make_absolute(meta.text(name)) for name, key in _KEPT_IMAGES.items()},
        "internal_tags": [tag.name for tag in site.tags_of(post) if tag.is_internal],
    }
    if (visibility := post.text("visibility")) != "public":
        found["visibility"] = visibility
    yield from (Unread(key, value, 1) for key, value in found.items() if value)


def _plain(html: str) -> str:
    return tidy(parse_fragment(html).text) if html else ""
