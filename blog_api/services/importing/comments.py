"""Save the comments of imported posts. A second import adds only new ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from marshmallow import ValidationError

from blog_api.crud.comments import imports as crud
from blog_api.crud.comments.rendering import render_content
from blog_api.problems import InvalidInput
from blog_api.schemas.comments import CommentWrite
from blog_api.services.importing.authors import Authors
from blog_api.services.importing.candidates import Candidate
from blog_api.services.importing.checking import MAX_NAME, describe_errors, describe_faults
from blog_api.services.importing.report import Report
from blog_api.text.documents import DocumentComment
from blog_api.text.folding import tidy
from blog_api.text.issues import Code, Note, Refused

# The schema as a whole takes twice as long.
_fields = CommentWrite().fields


class _New(NamedTuple):
    """A comment that was not imported before, and its source. `parent` is the source of its parent, or empty."""

    source: str
    parent: str
    post_id: int
    comment: DocumentComment


def save_comments(posts: Mapping[int, Candidate], authors: Authors, report: Report) -> Counter[int]:
    """Save the new comments of posts, by id, in the current transaction. Return their number by post.

    Skips invalid ones with a note.
    """
    found = list(_comments_of(posts))
    known = crud.find_comments(new.source for new in found)
    new: list[crud.NewComment] = []
    for each in found:
        if each.source in known:
            continue
        try:
            new.append(_validate(each, authors))
        except Refused as error:
            candidate = posts[each.post_id]
            note = Note(error.code, error.detail, candidate.item.line)
            report.note(candidate.place, note, each.post_id)
    if new:
        crud.add_comments(new, known)
    return Counter(comment.values["post_id"] for comment in new)


def _comments_of(posts: Mapping[int, Candidate]) -> Iterator[_New]:
    for post_id, candidate in posts.items():
        comments = candidate.document.comments
        sources = {comment.uid: f"{candidate.source}#{comment.uid}" for comment in comments}
        for comment in comments:
            yield _New(sources[comment.uid], sources.get(comment.parent_uid, ""), post_id, comment)


def _validate(new: _New, authors: Authors) -> crud.NewComment:
    """Return the columns of a comment. Raises Refused if it is not valid."""
    comment = new.comment
    if comment.status == "deleted":
        # It keeps its place for the replies.
        return crud.NewComment(new.source, new.parent, _values(new, None, None) | render_content(""))
    name = tidy(comment.name or "")[:MAX_NAME] or "Anonymous"
    try:
        name = _deserialize("name", name)
        rendered = render_content(_deserialize("content", comment.content))
    except ValidationError as error:
        raise _skipped(comment, describe_errors(error.messages)) from error
    except InvalidInput as error:
        raise _skipped(comment, describe_faults(error.faults)) from error
    user_id = authors.ids_of((comment.author,))[0] if comment.author else None
    is_guest = user_id is None and comment.name is not None
    values = _values(new, user_id, name if is_guest else None)
    return crud.NewComment(new.source, new.parent, values | rendered)


def _deserialize(name: str, value: str) -> str:
    """Return the valid value of a field. Raises ValidationError as the schema does."""
    try:
        return str(_fields[name].deserialize(value))
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error


def _values(new: _New, user_id: int | None, guest_name: str | None) -> dict[str, Any]:
    comment = new.comment
    return {
        "post_id": new.post_id,
        "user_id": user_id,
        "guest_name": guest_name,
        "status": comment.status,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at or comment.created_at,
    }


def _skipped(comment: DocumentComment, reason: str) -> Refused:
    detail = f"a comment of {comment.created_at:%Y-%m-%d} is left out: {reason}"
    return Refused(Code.COMMENT_SKIPPED, detail)
