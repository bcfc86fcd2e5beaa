"""Posts as exports contain them: every member that can be written, without ids."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from blog_api.crud.exports import posts as crud
from blog_api.crud.exports.batches import BATCH
from blog_api.crud.exports.site import places_of
from blog_api.database.columns import parse_time
from blog_api.text.times import format_time

Row = dict[str, Any]
_TIMES = ("published_at", "comments_close_at", "deleted_at", "created_at", "updated_at")
_TEXTS, _SIZES = ("url", "alt", "caption"), ("width", "height")
# The members that revisions have, too, in the order of the files. The content comes last.
SNAPSHOT_MEMBERS = (
    "slug", "title", "summary", "status", "published_at", "kind", "featured", "language", "authors", "tags", "aliases",
    "image", "meta_title", "meta_description", "canonical_url", "noindex", "comments_open", "comments_close_at",
    "metadata",
)  # fmt: skip
_OWN_MEMBERS = ("created_at", "updated_at", "deleted_at", "slug_is_automatic", "former_slugs")


def exported_posts() -> Iterator[tuple[int, Row]]:
    """Yield the id of each post, and the post."""
    return ((row["id"], exported_post(row)) for row in with_images(crud.read_posts()))


def exported_post(row: Row) -> Row:
    """Return the members of a row of a post, in order."""
    former = [
        {"slug": one["slug"], "public_at": _format(one["public_at"] and parse_time(one["public_at"]))}
        for one in row["former_slugs"]
    ]
    values = {**row, "metadata": row["custom"], "former_slugs": former, **times_of(row, _TIMES)}
    return {name: values[name] for name in (*SNAPSHOT_MEMBERS, *_OWN_MEMBERS, "content")}


def with_images(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows of posts or accounts with their images as exports have them."""
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        images = [row["image"] for row in batch if row["image"]]
        places = places_of(image["media_id"] for image in images if "media_id" in image)
        yield from ({**row, "image": _exported_image(row["image"], places)} for row in batch)


def _exported_image(image: Row | None, places: Mapping[int, int]) -> Row | None:
    """Return an image without ids: an upload is named by its path, and its number if the file has several."""
    if image is None:
        return None
    texts = {name: image.get(name, "") for name in _TEXTS}
    if "media_id" not in image:
        return texts | {name: image[name] for name in _SIZES if image.get(name) is not None}
    place = places.get(image["media_id"], 0)
    return texts | ({"upload": place} if place else {})


def line_of(post_id: int, ids: array[int]) -> int:
    """Return the line number of a post. `ids` has the ids of all posts, in order."""
    return bisect_left(ids, post_id) + 1


def times_of(row: Row, names: Iterable[str]) -> Row:
    """Return these times as text."""
    return {name: _format(row[name]) for name in names}


def _format(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)
