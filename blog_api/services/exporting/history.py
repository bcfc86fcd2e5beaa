"""Revisions and working copies as exports have them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice

from blog_api.crud.exports import history as crud
from blog_api.crud.exports.batches import BATCH
from blog_api.services.exporting.posts import SNAPSHOT_MEMBERS, Row, line_of, times_of, with_images

_TIMES = ("published_at", "comments_close_at")


def revisions(ids: array[int]) -> Iterator[Row]:
    """Yield all revisions."""
    own = ("number", "version", "live", "changed")
    for row in _with_names(crud.read_revisions()):
        values = {name: row[name] for name in own} | times_of(row, ("created_at",))
        yield {"post": line_of(row["post_id"], ids), "editor": row["editor"]} | values | _members(row)


def working_copies(ids: array[int]) -> Iterator[Row]:
    """Yield all working copies."""
    for row in _with_names(crud.read_working_copies()):
        values = {"base_version": row["base_version"]} | times_of(row, ("created_at", "updated_at"))
        yield {"post": line_of(row["post_id"], ids), "editor": row["editor"]} | values | _members(row)


def _members(row: Row) -> Row:
    values = {**row, "metadata": row["custom"], **times_of(row, _TIMES)}
    return {name: values[name] for name in (*SNAPSHOT_MEMBERS, "content")}


def _with_names(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows with usernames. An owner without an account is null, other people without one are left out."""
    remaining = with_images(rows)
    while batch := list(islice(remaining, BATCH)):
        people = [(row["editor_id"], row["author_id"], *row["co_authors"]) for row in batch]
        names = crud.usernames_of(user_id for ids in people for user_id in ids if user_id)
        for row in batch:
            co_authors = [names[user_id] for user_id in row["co_authors"] if user_id in names]
            authors = [names.get(row["author_id"]), *co_authors]
            yield {**row, "authors": authors, "editor": names.get(row["editor_id"])}
