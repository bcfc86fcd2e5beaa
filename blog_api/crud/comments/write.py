"""Write comments as units of work.

Each write first keeps the post from being deleted, taking locks in the same order as a deletion. Then it locks the
counts of the post, and thereby the thread.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, select

from blog_api.crud.activity import count_activity
from blog_api.crud.comments.rendering import render_content
from blog_api.crud.comments.showing import has_replies, update_placeholders
from blog_api.crud.comments.threads import MISSING_COMMENT
from blog_api.crud.posts.members import MISSING
from blog_api.crud.rows import get_or_404
from blog_api.database.session import db, execute_rows
from blog_api.models.comments import Comment
from blog_api.models.posts import Post
from blog_api.models.users import User
from blog_api.paging.pages import AnyRow, AnySelect
from blog_api.policies.comments import has_status, own_comments, visible_comments
from blog_api.policies.posts import live_posts, own_posts, parameters_of, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import Fault, InvalidInput, NotFound
from blog_api.schemas.comments import MAX_DEPTH

_VIEWER_ID = bindparam("viewer_id", type_=User.id.type)
# What is left of a deleted comment that has replies.
_ERASED = {"content": "", "html": "", "user_id": None, "guest_name": None, "guest_email": None, "ip": None}


def read_place(post_id: int, viewer: Viewer | None) -> AnyRow:
    """Return what decides whether the viewer may comment on a post, and whether the comment needs approval.

    Keep the post and the viewer's account from being deleted until the commit. Other writes do not wait for this.
    Raises NotFound unless the viewer may see the post.
    """
    found = execute_rows(_place(audience_of(viewer)), parameters_of(viewer) | {"post_id": post_id})
    place = found.one_or_none()
    if place is None:
        raise NotFound(MISSING)
    return place


@lru_cache
def _place(audience: Audience) -> AnySelect:
    known = exists().where(own_comments(), has_status("approved"))
    columns = (
        Post.comments_open,
        Post.comments_close_at,
        live_posts().label("is_live"),
        own_posts().label("is_author"),
        known.label("is_known"),
    )
    place: AnySelect = select(*columns).where(Post.id == bindparam("post_id"), visible_posts(audience))
    if audience is not Audience.EVERYONE:
        # An account that was erased after the request was authenticated cannot comment.
        place = place.add_columns(User.display_name).join(User, and_(User.id == _VIEWER_ID, User.is_active))
    return place.with_for_update(read=True, key_share=True)


def create_comment(
    post_id: int, parent_id: int | None, content: str, status: str, author: dict[str, Any]
) -> Comment:
    """Create a comment. `author` has the columns that identify a user or a guest.

    Raises InvalidInput if the parent is not an approved comment on the post, or has the maximum depth.
    """
    rendered = render_content(content)
    is_approved = status == "approved"
    count_activity(post_id, comments=int(is_approved))
    depth = 0 if parent_id is None else _depth_below(post_id, parent_id)
    comment = Comment(
        post_id=post_id,
        parent_id=parent_id,
        depth=depth,
        status=status,
        shown=is_approved,
        **author,
        **rendered,
    )
    db.session.add(comment)
    db.session.flush()
    return comment


def _depth_below(post_id: int, parent_id: int) -> int:
    parent = select(Comment.depth).where(
        Comment.id == parent_id, Comment.post_id == post_id, has_status("approved")
    )
    depth = db.session.execute(parent).scalar_one_or_none()
    if depth is None:
        fault = Fault("This must be the id of a comment on this post.", "not_a_comment", "/parent_id")
        raise InvalidInput(faults=[fault])
    if depth >= MAX_DEPTH:
        detail = f"Replies can be at most {MAX_DEPTH} deep. Reply to a comment further up."
        raise InvalidInput(faults=[Fault(detail, "too_deep", "/parent_id")])
    return depth + 1


def lock_comment(comment_id: int, viewer: Viewer) -> Comment:
    """Lock the thread of a comment, and load the comment for editing. Raises NotFound if it is not visible."""
    parameters = parameters_of(viewer) | {"comment_id": comment_id}
    visible = _visible_comment(audience_of(viewer))
    found = keeping_posts(visible.with_only_columns(Comment.post_id))
    post_id = db.session.execute(found, parameters).scalar_one_or_none()
    if post_id is None:
        raise NotFound(MISSING_COMMENT)
    count_activity(post_id)
    return get_or_404(visible, parameters, MISSING_COMMENT)


def keeping_posts(comments: Select[int]) -> Select[int]:
    """Keep the posts of these comments from being deleted until the commit. Other writes do not wait for this."""
    return comments.with_for_update(of=Post, read=True, key_share=True)


@lru_cache
def _visible_comment(audience: Audience) -> Select[Comment]:
    comments = select(Comment).join(Comment.post)
    return comments.where(Comment.id == bindparam("comment_id"), visible_comments(audience))


def edit_comment(comment: Comment, changes: dict[str, Any]) -> None:
    """Set the content and the status of a locked comment."""
    before = comment.status
    values = {**changes, **render_content(changes["content"])} if "content" in changes else changes
    for name, value in values.items():
        setattr(comment, name, value)
    db.session.flush()
    if comment.status != before:
        count_activity(comment.post_id, comments=approval_change(before, comment.status))
        update_placeholders([comment.id])


def approval_change(before: str, after: str) -> int:
    """Return by how much a change of status changes the number of approved comments."""
    return (after == "approved") - (before == "approved")


def delete_comment(comment: Comment) -> None:
    """Delete a locked comment. If it has replies, its content and author are erased, and a placeholder remains."""
    before, parent_id, post_id = comment.status, comment.parent_id, comment.post_id
    if has_replies(comment):
        for name, value in {**_ERASED, "status": "deleted"}.items():
            setattr(comment, name, value)
    else:
        db.session.delete(comment)
    db.session.flush()
    if before == "approved":
        count_activity(post_id, comments=-1)
    update_placeholders([comment.id, *([] if parent_id is None else [parent_id])])
