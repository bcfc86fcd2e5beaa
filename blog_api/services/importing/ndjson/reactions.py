"""Restore the likes and follows of an export."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from blog_api.crud.imports import find_imported_files
from blog_api.crud.restores.reactions import add_follows, add_likes
from blog_api.database.session import reading, transaction
from blog_api.schemas.exports import FollowRow, LikeRow
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.exported.rows import BATCH, check_rows, read_batches
from blog_api.services.importing.ndjson.posts import PostTable
from blog_api.services.importing.report import Report

_LIKES, _FOLLOWS = "likes.ndjson", "follows.ndjson"


def check_reactions(folder: Path, report: Report) -> None:
    """Report what `restore_reactions` would refuse."""
    check_rows(folder / _LIKES, LikeRow(), report)
    check_rows(folder / _FOLLOWS, FollowRow(), report)


def restore_reactions(folder: Path, ids: array[int], authors: Authors, report: Report) -> None:
    """Add the missing likes of imported posts, whose ids are in `ids`, and the missing follows."""
    for batch in read_batches(folder / _LIKES, LikeRow(), report):
        with transaction():
            likes = [
                {
                    "post_id": ids[row["post"]],
                    "user_id": authors.ids_of((row["user"],))[0],
                    "created_at": row["created_at"],
                }
                for _, row in batch
                # The post was refused, or has been deleted.
                if row["post"] < len(ids) and ids[row["post"]]
            ]
            add_likes(likes)
    for batch in read_batches(folder / _FOLLOWS, FollowRow(), report):
        with transaction():
            follows = [
                {
                    "follower_id": authors.ids_of((row["follower"],))[0],
                    "author_id": authors.ids_of((row["author"],))[0],
                    "created_at": row["created_at"],
                }
                for _, row in batch
            ]
            add_follows(follows)


def ids_by_line(posts: PostTable) -> array[int]:
    """Return the ids of the posts by line number, or 0 without a post. The array takes eight bytes per post."""
    ids = array("q", [0])
    sources: Iterator[tuple[int, str]] = posts.sources()
    while batch := list(islice(sources, BATCH)):
        with reading():
            found = find_imported_files([source for _, source in batch])
        for number, source in batch:
            ids.extend([0] * (number - len(ids)))
            ids.append((found[source].post_id or 0) if source in found else 0)
    return ids
