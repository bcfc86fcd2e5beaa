"""What exports of both formats contain: tags, redirects and pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from blog_api.crud.exports import site as crud
from blog_api.database.columns import parse_time
from blog_api.media.objects import object_name
from blog_api.services.exporting.posts import Row, times_of
from blog_api.text.times import format_time


def tables() -> list[tuple[str, str, Iterable[Row]]]:
    """Return the tables of tags and redirects: a kind, a file name and rows for each."""
    return [
        ("tags", "tags.ndjson", map(_tag, crud.read_tags())),
        ("redirects", "redirects.ndjson", map(_redirect, crud.read_redirects())),
    ]


def _tag(row: Row) -> Row:
    names = ("name", "slug", "description", "former_names", "former_slugs")
    return {name: row[name] for name in names} | times_of(row, ("created_at", "updated_at"))


def _redirect(row: Row) -> Row:
    return {"from": row["path"], "to": row["target"]}


def pictures() -> Iterator[Row]:
    """Yield the stored pictures with their uploads."""
    for row in crud.read_files():
        uploads = [
            {**upload, "created_at": format_time(parse_time(upload["created_at"]))}
            for upload in row["uploads"]
        ]
        values = {name: row[name] for name in ("key", "sha256", "variants")}
        yield values | times_of(row, ("created_at",)) | {"uploads": uploads}


def objects_of(row: Row) -> Iterator[str]:
    """Yield the names of the objects of a picture."""
    return (object_name(row["key"], variant["width"]) for variant in row["variants"])
