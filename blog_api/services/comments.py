"""Write and moderate comments: settings, queries and mail together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from blog_api.api.caching import check_version
from blog_api.crud.comments import moderation, threads, write
from blog_api.crud.comments.notices import queue_notices
from blog_api.database.columns import utcnow
from blog_api.models.comments import Comment
from blog_api.paging.pages import AnyRow
from blog_api.policies.comments import initial_status, require_deletion, require_edit, require_moderation
from blog_api.policies.viewers import Viewer, is_editor, require
from blog_api.problems import CommentsClosed, Fault, InvalidInput, Unauthorized

_GUEST_FIELDS = ("name", "email")


class Rules(NamedTuple):
    """What the operator has set: COMMENTS, COMMENTS_MODERATION, and whether mail about comments can be sent."""

    allowed: str
    moderation: str
    sends_mail: bool


def create_comment(
    viewer: Viewer | None, post_id: int, data: Mapping[str, Any], ip_address: str, rules: Rules
) -> dict[str, Any]:
    """Create a comment of a user, or of a guest if there is no viewer. Return it for the response.

    Raises CommentsClosed, Unauthorized if guests may not comment, NotFound, and InvalidInput for fields of a guest
    that are missing or do not apply, and for an invalid parent.
    """
    _require_comments(viewer, rules)
    _check_guest_fields(viewer, data)
    place = write.read_place(post_id, viewer)
    _require_open(place)
    status = initial_status(viewer, rules.moderation, is_author=place.is_author, is_known=place.is_known)
    author: dict[str, Any]
    if viewer is None:
        author = {"guest_name": data["name"], "guest_email": data["email"], "ip": ip_address}
        names = {}
    else:
        author = {"user_id": viewer.id}
        names = {"username": viewer.username, "display_name": place.display_name}
    comment = write.create_comment(post_id, data.get("parent_id"), data["content"], status, author)
    if status == "approved":
        _notify([comment], rules)
    row = {name: getattr(comment, name) for name in threads.COLUMNS}
    return threads.comment_to_dict(row | names) | {"version": comment.version}


def _require_comments(viewer: Viewer | None, rules: Rules) -> None:
    if rules.allowed == "off":
        raise CommentsClosed("This site takes no comments.")
    if viewer is None and rules.allowed == "members":
        raise Unauthorized(
            "Only users may comment. Log in, and send the header Authorization: Bearer <token>."
        )


def _check_guest_fields(viewer: Viewer | None, data: Mapping[str, Any]) -> None:
    if viewer is None:
        missing = [name for name in _GUEST_FIELDS if name not in data]
        faults = [Fault("This is required without a token.", "required", f"/{name}") for name in missing]
    else:
        given = [name for name in _GUEST_FIELDS if name in data]
        faults = [Fault("This is only for guests. Omit it.", "not_allowed", f"/{name}") for name in given]
    if faults:
        raise InvalidInput(faults=faults)


def _require_open(place: AnyRow) -> None:
    if not place.is_live:
        raise CommentsClosed("A post that is not public takes no comments.")
    closes = place.comments_close_at
    if not place.comments_open or (closes is not None and closes <= utcnow()):
        raise CommentsClosed("The comments of this post are closed.")


def update_comment(
    comment_id: int, changes: Mapping[str, Any], viewer: Viewer, rules: Rules
) -> dict[str, Any]:
    """Change the content or the status of a comment. Return it for the response.

    If all comments are moderated, an edited one waits for approval again. Raises NotFound, Forbidden, and the
    exceptions of `check_version`.
    """
    comment = write.lock_comment(comment_id, viewer)
    require_edit(viewer, comment.user_id, comment.created_at, utcnow())
    require("status" not in changes or is_editor(viewer), "Only editors may set the status of a comment.")
    check_version(comment.version)
    was_approved, changes = comment.status == "approved", dict(changes)
    if was_approved and changes.get("content", comment.content) != comment.content:
        place = write.read_place(comment.post_id, viewer)
        status = initial_status(viewer, rules.moderation, is_author=place.is_author, is_known=place.is_known)
        changes.setdefault("status", status)
    write.edit_comment(comment, changes)
    if comment.status == "approved" and not was_approved:
        _notify([comment], rules)
    return threads.read_comment(comment_id, viewer)


def delete_comment(comment_id: int, viewer: Viewer) -> None:
    """Delete a comment. Raises NotFound, Forbidden, and the exceptions of `check_version`."""
    comment = write.lock_comment(comment_id, viewer)
    require_deletion(viewer, comment.user_id)
    check_version(comment.version)
    write.delete_comment(comment)


def moderate(ids: Sequence[int], status: str, viewer: Viewer, rules: Rules) -> int:
    """Approve comments, or mark them as spam. Return how many had another status.

    Raises Forbidden, and InvalidInput if there is no such comment.
    """
    require_moderation(viewer)
    changed = moderation.moderate(list(dict.fromkeys(ids)), status, viewer)
    if status == "approved":
        _notify(changed, rules)
    return len(changed)


def _notify(comments: Sequence[Comment], rules: Rules) -> None:
    """Queue mail about comments that have become public."""
    if rules.sends_mail:
        for comment in comments:
            queue_notices(comment)
