"""Queries for exporting tags, redirects and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from blog_api.crud.exports.batches import read_all
from blog_api.crud.media.files import READY
from blog_api.database.functions import json_list
from blog_api.database.session import execute_rows
from blog_api.models.addresses import Redirect, TagSlug
from blog_api.models.media import Media, MediaFile
from blog_api.models.tags import FormerTagName, Tag
from blog_api.models.users import User
from blog_api.paging.pages import AnySelect

_FORMER_NAMES = json_list(
    select(FormerTagName.name_key)
    .where(FormerTagName.tag_id == Tag.id)
    .order_by(FormerTagName.name_key)
    .correlate(Tag)
)
_FORMER_SLUGS = json_list(
    select(TagSlug.slug)
    .where(TagSlug.tag_id == Tag.id, TagSlug.slug != Tag.slug)
    .order_by(TagSlug.slug)
    .correlate(Tag)
)
_TAGS: AnySelect = select(
    *(Tag.id, Tag.name, Tag.slug, Tag.description, Tag.created_at, Tag.updated_at),
    *(_FORMER_NAMES.label("former_names"), _FORMER_SLUGS.label("former_slugs")),
)
_REDIRECTS: AnySelect = select(Redirect.id, Redirect.path, Redirect.target).where(
    Redirect.target.is_not(None)
)
_UPLOADS = json_list(
    select(User.username.label("owner"), Media.filename, Media.alt, Media.caption, Media.created_at)
    .select_from(Media)
    .outerjoin(User, User.id == Media.author_id)
    .where(Media.file_id == MediaFile.id)
    .order_by(Media.id)
    .correlate(MediaFile)
)
_FILES: AnySelect = select(
    *(MediaFile.id, MediaFile.key, MediaFile.sha256, MediaFile.variants, MediaFile.created_at),
    _UPLOADS.label("uploads"),
).where(MediaFile.state == READY)
_other = aliased(Media)
_PLACES = select(
    Media.id,
    select(func.count(_other.id))
    .where(_other.file_id == Media.file_id, _other.id < Media.id)
    .correlate(Media)
    .scalar_subquery(),
)


def read_tags() -> Iterator[dict[str, Any]]:
    """Yield all tags with their former names and slugs."""
    return read_all(_TAGS, Tag.id)


def read_redirects() -> Iterator[dict[str, Any]]:
    """Yield the redirects that editors have added. Aliases belong to posts."""
    return read_all(_REDIRECTS, Redirect.id)


def read_files() -> Iterator[dict[str, Any]]:
    """Yield all stored pictures with their uploads."""
    return read_all(_FILES, MediaFile.id)


def places_of(media_ids: Iterable[int]) -> dict[int, int]:
    """Return how many older uploads of the same file there are, for each of these uploads."""
    ids = set(media_ids)
    return {row[0]: row[1] for row in execute_rows(_PLACES.where(Media.id.in_(ids)), {})} if ids else {}
