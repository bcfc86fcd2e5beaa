"""Read posts and pages of an export as documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from turbohtml import parse_fragment

from blog_api.services.importing.ghost.content import read_content
from blog_api.services.importing.ghost.pages import alias_of, slug_of
from blog_api.services.importing.ghost.rows import Row
from blog_api.services.importing.ghost.site import Site
from blog_api.services.importing.ghost.states import State, read_state
from blog_api.text.documents import Document
from blog_api.text.folding import tidy
from blog_api.text.front_matter_blocks import Value
from blog_api.text.issues import Code, Note, Refused
from blog_api.text.unread import Unread

# Columns that the metadata keeps.
_KEPT = (
    "codeinjection_head", "codeinjection_foot", "custom_template", "og_title", "og_description", "twitter_title",
    "twitter_description",
)  # fmt: skip
# The image of a post is not read from these keys.
_KEPT_IMAGES = {"og_image": "open_graph_image", "twitter_image": "twitter_card_image"}


def read_post(post: Row, site: Site) -> Document:
    """Read a post. Raises Refused if its date is invalid."""
    content = read_content(post, site.addresses, site.find_address)
    state = read_state(post, site.meta_of(post), is_empty=content.is_missing, is_gated=content.is_gated)
    title, untitled = _title(post, state)
    date = post.date("published_at")
    authors, unknown = _authors(post, site)
    path, invalid = alias_of(post, site, date)
    reasons = [Note(Code.HIDDEN, f"{state.reason}, so the post is a draft")] if state.reason else []
    return Document(
        title=title,
        slug=slug_of(post),
        date=date,
        summary=post.text("custom_excerpt").strip(),
        authors=authors,
        tags=tuple(tag.name for tag in site.tags_of(post) if not tag.is_internal),
        content=content.markdown,
        status=state.status,
        notes=(*reasons, *untitled, *unknown, *invalid, *content.notes),
        uid=post.key("uuid"),
        aliases=path,
        unread=tuple(_unread(post, site)),
        members={"kind": "page" if post.is_page else "post", "featured": post.flag("featured")},
        created_at=_optional_date(post, "created_at"),
        updated_at=_optional_date(post, "updated_at"),
        tallies=content.tallies,
    )


def _title(post: Row, state: State) -> tuple[str, list[Note]]:
    """Return the title. A published post needs one, so it gets one made from its slug or its id, with a note."""
    title = tidy(post.text("title"))
    if title or state.status != "published":
        return title, []
    title = post.text("slug").strip() or f"Post {post.key('id')[:50]}"
    return title, [Note(Code.TITLE_FROM_NAME, f"no title, so it is made from the address: {title[:100]}")]


def _optional_date(post: Row, column: str) -> datetime | None:
    try:
        return post.date(column)
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
