"""Access rules for posts, as functions for a single post and as SQL conditions.

Every query for posts uses a condition from this module. No other code decides what is visible.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, false, literal_column, or_, select
from sqlalchemy.orm import aliased

from blog_api.database.columns import utcnow
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.users import User
from blog_api.policies.viewers import Audience, Viewer, has_role, is_editor, require

# Bind parameters, so that each statement is built and compiled only once.
_NOW = bindparam("now", type_=Post.published_at.type)
_VIEWER_ID = bindparam("viewer_id", type_=Post.author_id.type)
# An alias, so that a list can join the table as well.
_own = aliased(PostAuthor, name="own")
_OWN_POSTS = select(_own.post_id).where(_own.post_id == Post.id, _own.user_id == _VIEWER_ID).correlate(Post)


# The statuses of posts that contributors may write, and of those that everyone may list.
UNREVIEWED, PUBLISHED = ("draft", "pending"), ("published",)


def can_write_posts(viewer: Viewer) -> bool:
    """Return whether the viewer may write posts: everyone but readers."""
    return has_role(viewer, "contributor")


def can_own_posts(user: User) -> bool:
    """Return whether editors may give posts to this user."""
    return user.is_active and user.role != "reader"


def can_set_status(viewer: Viewer, status: str) -> bool:
    """Return whether the viewer may give this status to posts: contributors only draft and pending, others any."""
    return has_role(viewer, "author") or (can_write_posts(viewer) and status in UNREVIEWED)


def require_creation(viewer: Viewer, data: Mapping[str, Any]) -> None:
    """Raise Forbidden unless the viewer may create a post with this data."""
    require(can_write_posts(viewer), "Readers may not write posts.")
    require_status(viewer, data.get("status", "draft"))
    require_owner(viewer, viewer.id, data.get("author_id", viewer.id))
    if data.get("aliases"):
        require_aliases(viewer)


def require_owner(viewer: Viewer, owner_id: int, new_owner_id: int) -> None:
    """Raise Forbidden unless the viewer may give a post of `owner_id` to `new_owner_id`: only editors may change it."""
    require(new_owner_id == owner_id or is_editor(viewer), "Only editors may set the owner of a post.")


def require_status(viewer: Viewer, status: str) -> None:
    """Raise Forbidden unless the viewer may give this status to posts."""
    require(
        can_set_status(viewer, status),
        'Contributors may not publish or archive posts. Ask for review with the status "pending".',
    )


def require_aliases(viewer: Viewer | None) -> None:
    """Raise Forbidden unless the viewer may change aliases: editors, and imports, which have no viewer."""
    require(viewer is None or is_editor(viewer), "Only editors may change the aliases of a post.")


def can_edit_post(viewer: Viewer, author_ids: Collection[int], status: str) -> bool:
    """Return whether the viewer may edit a post with this stored status: editors all, authors those they (co-)wrote.

    Contributors may edit the posts that they wrote or co-wrote until these are published.
    """
    return is_editor(viewer) or (viewer.id in author_ids and can_set_status(viewer, status))


def is_author_or_editor(viewer: Viewer, author_ids: Collection[int]) -> bool:
    """Return whether the viewer is an author of the post or an editor.

    Unlike `can_edit_post`, this includes authors who may no longer edit it. They can still remove themselves from it.
    """
    return is_editor(viewer) or viewer.id in author_ids


def can_manage_post(viewer: Viewer, owner_id: int, status: str) -> bool:
    """Return whether the viewer may delete a post and set its co-authors: editors, and the owner who may edit it."""
    return can_edit_post(viewer, [owner_id], status)


def can_restore_post(viewer: Viewer, owner_id: int) -> bool:
    """Return whether the viewer may restore a post from the trash: its owner, except contributors, and editors."""
    return is_editor(viewer) or (has_role(viewer, "author") and viewer.id == owner_id)


def can_set_co_authors(
    viewer: Viewer, owner_id: int, status: str, before: Sequence[int], after: Sequence[int]
) -> bool:
    """Return whether the viewer may set the co-authors. Co-authors may only remove themselves."""
    others = [user_id for user_id in before if user_id != viewer.id]
    return can_manage_post(viewer, owner_id, status) or (viewer.id in before and list(after) == others)


def parameters_of(viewer: Viewer | None) -> dict[str, Any]:
    """Return the bind parameters of the conditions below, for this viewer and the current time."""
    return {"now": utcnow(), "viewer_id": viewer.id if viewer else None}


def untrashed_posts() -> ColumnElement[bool]:
    """Select posts that are not in the trash."""
    return Post.deleted_at.is_(None)


def live_posts() -> ColumnElement[bool]:
    """Select public posts: published, with a publication time that is not in the future, and not in the trash."""
    return and_(_published_posts(), untrashed_posts(), Post.published_at <= _NOW)


def scheduled_posts() -> ColumnElement[bool]:
    """Select scheduled posts that are not in the trash. They become public without another write."""
    return and_(_scheduled_posts(), untrashed_posts())


def shown_status() -> ColumnElement[str]:
    """Return the status shown to clients. A published post with a time in the future is scheduled."""
    return case((_scheduled_posts(), literal_column("'scheduled'")), else_=Post.status)


def has_other_status(stored: str) -> ColumnElement[bool]:
    """Select posts whose stored status differs from `stored`."""
    return Post.status != stored


def status_of(post: Post, now: datetime) -> str:
    """Return the status of one post, like `shown_status`."""
    is_scheduled = post.status == "published" and post.published_at is not None and post.published_at > now
    return "scheduled" if is_scheduled else post.status


def is_public(post: Post, now: datetime) -> bool:
    """Return whether everyone may see the post, like `live_posts`."""
    return not is_trashed(post) and status_of(post, now) == "published"


def is_trashed(post: Post) -> bool:
    """Return whether the post is in the trash."""
    return post.deleted_at is not None


def _scheduled_posts() -> ColumnElement[bool]:
    return and_(_published_posts(), Post.published_at > _NOW)


def _published_posts() -> ColumnElement[bool]:
    # A literal, not a bind parameter, so that both planners can match the partial indexes.
    return Post.status == literal_column("'published'")


def live_tagged_posts() -> ColumnElement[bool]:
    """Select rows of post_tags whose post is live, by their copy of `published_at`."""
    return post_tags.c.published_at <= _NOW


def live_authored_posts() -> ColumnElement[bool]:
    """Select rows of post_authors whose post is live, by their copy of `published_at`."""
    return PostAuthor.published_at <= _NOW


def own_posts() -> ColumnElement[bool]:
    """Select posts that the viewer wrote or co-wrote."""
    return _OWN_POSTS.exists()


def own_authorships() -> ColumnElement[bool]:
    """Select rows of post_authors that belong to the viewer, like `own_posts`."""
    return PostAuthor.user_id == _VIEWER_ID


def visible_posts(audience: Audience) -> ColumnElement[bool]:
    """Select untrashed posts that the audience may read: live and own posts, or all posts for editors."""
    if audience is Audience.EDITORS:
        return untrashed_posts()
    if audience is Audience.EVERYONE:
        return live_posts()
    return and_(untrashed_posts(), or_(live_posts(), own_posts()))


def editable_posts(viewer: Viewer) -> ColumnElement[bool]:
    """Select untrashed posts that the viewer may edit, like `can_edit_post`."""
    if is_editor(viewer):
        return untrashed_posts()
    if not can_write_posts(viewer):
        return false()
    editable = [] if has_role(viewer, "author") else [Post.status.in_(UNREVIEWED)]
    return and_(untrashed_posts(), own_posts(), *editable)


def trashed_posts(audience: Audience) -> ColumnElement[bool]:
    """Select trashed posts that the audience may see: posts they own, or all for editors."""
    if audience is Audience.EVERYONE:
        return false()
    trashed = Post.deleted_at.is_not(None)
    return trashed if audience is Audience.EDITORS else and_(trashed, Post.author_id == _VIEWER_ID)


def expired_trash() -> ColumnElement[bool]:
    """Select posts that were trashed before the bind parameter `trashed_before`."""
    return Post.deleted_at < bindparam("trashed_before", type_=Post.deleted_at.type)


def listed_posts(
    audience: Audience, statuses: Sequence[str] = (), own: Callable[[], ColumnElement[bool]] = own_posts
) -> ColumnElement[bool]:
    """Select posts for a list with any of these statuses, by default the live ones.

    Only their authors and editors see posts with other statuses.

    `own` is the condition for the viewer's own posts: `own_authorships` if the list joins post_authors.
    """
    if tuple(statuses) in ((), PUBLISHED):
        return live_posts()
    if audience is Audience.EVERYONE:
        return false()
    conditions = [untrashed_posts(), *_with_status(statuses)]
    if audience is Audience.MEMBERS:
        conditions.append(own())
    return and_(*conditions)


def listed_trash(audience: Audience, statuses: Sequence[str]) -> ColumnElement[bool]:
    """Select posts for a list of the trash. By default it includes every status."""
    return and_(trashed_posts(audience), *_with_status(statuses or ("all",)))


def _with_status(statuses: Sequence[str]) -> list[ColumnElement[bool]]:
    if "all" in statuses:
        return []
    if len(statuses) > 1:
        return [or_(*(and_(*_with_status([one])) for one in statuses))]
    status = statuses[0]
    if status == "scheduled":
        return [_scheduled_posts()]
    if status == "published":
        return [_published_posts(), Post.published_at <= _NOW]
    # The second condition is redundant, but SQLite needs it to match the partial index.
    return [Post.status == status, Post.status != literal_column("'published'")]
