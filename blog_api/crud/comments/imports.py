"""Insert imported comments, and remember them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select

from blog_api.crud.activity import count_activity
from blog_api.crud.batches import batches
from blog_api.crud.comments.showing import update_placeholders
from blog_api.crud.comments.units_of_work import record_inserted
from blog_api.database.session import db
from blog_api.models.comments import Comment
from blog_api.models.imports import ImportedComment
from blog_api.schemas.comments import MAX_DEPTH


class NewComment(NamedTuple):
    """A comment to insert: its source, that of its parent or an empty string, and its rendered columns."""

    source: str
    parent: str
    values: dict[str, Any]


class _Parent(NamedTuple):
    """Where replies to a comment go. Without an id, the comment was deleted, so they are on the post itself."""

    id: int | None
    depth: int
    parent_id: int | None


def find_comments(sources: Iterable[str]) -> dict[str, int | None]:
    """Return the ids of the comments that were imported earlier, by source. The id of a deleted one is None."""
    found: dict[str, int | None] = {}
    for batch in batches(list(sources)):
        columns = select(ImportedComment.source, ImportedComment.comment_id)
        rows = db.session.execute(columns.where(ImportedComment.source.in_(batch)))
        found |= {row.source: row.comment_id for row in rows}
    return found


def add_comments(new: Sequence[NewComment], known: Mapping[str, int | None]) -> None:
    """Insert comments, parents before their replies, and count them. `known` are those of earlier imports.

    Replies that would be too deep become replies to the deepest possible comment above them.
    """
    counts = Counter[int]()
    for comment in new:
        counts[comment.values["post_id"]] += comment.values["status"] == "approved"
    for post_id in sorted(counts):
        count_activity(post_id, comments=counts[post_id])
    parents = _read_parents(
        {comment.parent: known[comment.parent] for comment in new if comment.parent in known}
    )
    added, replies = list[tuple[int, str]](), list[int]()
    for level in _levels(new):
        inserted = _insert(level, parents)
        parents |= inserted
        statuses = (comment.values["status"] for comment in level)
        added += [
            (each.id, status) for each, status in zip(inserted.values(), statuses, strict=True) if each.id
        ]
        replies += [parent.id for parent in inserted.values() if parent.id is not None and parent.depth]
    record_inserted(added)
    for batch in batches(replies):
        update_placeholders(batch)


def _levels(new: Sequence[NewComment]) -> Iterator[list[NewComment]]:
    """Yield comments in levels, parents before their replies. There are few levels, however deep the threads are."""
    order = {comment.source: number for number, comment in enumerate(new)}
    replies: dict[str, list[NewComment]] = defaultdict(list)
    for comment in new:
        replies[comment.parent if comment.parent in order else ""].append(comment)
    level = replies.pop("", [])
    for _ in range(MAX_DEPTH + 1):
        if level:
            yield level
        level = [reply for comment in level for reply in replies.pop(comment.source, ())]
        level.sort(key=lambda comment: order[comment.source])
    # Below the deepest level, replies to a reply go where the reply goes.
    deepest = list[NewComment]()
    while level:
        deepest += level
        level = [
            reply._replace(parent=above.parent) for above in level for reply in replies.pop(above.source, ())
        ]
    if deepest:
        yield sorted(deepest, key=lambda comment: order[comment.source])
    # Comments that are each other's parents become replies to the post itself.
    if circles := [comment._replace(parent="") for found in replies.values() for comment in found]:
        yield circles


def _read_parents(ids: Mapping[str, int | None]) -> dict[str, _Parent]:
    rows = dict[int, _Parent]()
    for batch in batches([comment_id for comment_id in ids.values() if comment_id is not None]):
        found = db.session.execute(
            select(Comment.id, Comment.depth, Comment.parent_id).where(Comment.id.in_(batch))
        )
        rows |= {row.id: _Parent(*row) for row in found}
    gone = _Parent(None, -1, None)
    return {source: rows.get(comment_id or 0, gone) for source, comment_id in ids.items()}


def _insert(comments: Sequence[NewComment], parents: Mapping[str, _Parent]) -> dict[str, _Parent]:
    """Insert comments whose parents have been inserted. Return them by source, as parents of others."""
    top = _Parent(None, -1, None)
    rows = [_row(comment, parents.get(comment.parent, top)) for comment in comments]
    # Entities take three times as long.
    statement = insert(Comment).returning(Comment.id, sort_by_parameter_order=True)
    ids = db.session.scalars(statement, rows).all()
    pairs = list(zip(comments, ids, rows, strict=True))
    sources = [{"source": comment.source, "comment_id": comment_id} for comment, comment_id, _ in pairs]
    db.session.execute(insert(ImportedComment), sources)
    return {comment.source: _Parent(each, row["depth"], row["parent_id"]) for comment, each, row in pairs}


def _row(new: NewComment, parent: _Parent) -> dict[str, Any]:
    is_deepest = parent.depth >= MAX_DEPTH
    return {
        **new.values,
        "parent_id": parent.parent_id if is_deepest else parent.id,
        "depth": min(parent.depth + 1, MAX_DEPTH),
        "shown": new.values["status"] == "approved",
    }
