"""Read the revisions of a post, compare them, and restore them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, case, cast, or_, select

from blog_api.crud.former_tags import present_tag_names
from blog_api.crud.history.snapshots import SNAPSHOT, members_of
from blog_api.crud.media.images import existing_image
from blog_api.crud.posts.authors import existing_authors
from blog_api.crud.posts.members import MISSING
from blog_api.crud.posts.write import refusal
from blog_api.crud.rows import get_or_404, read_one
from blog_api.database.columns import JsonText
from blog_api.database.functions import JsonObject, json_list
from blog_api.database.session import db
from blog_api.models.posts import Post, PostAuthor
from blog_api.models.revisions import Revision
from blog_api.models.users import User
from blog_api.paging.filtered import FilteredList
from blog_api.paging.pages import AnySelect, Page, PageRequest
from blog_api.policies.posts import (
    can_edit_post,
    can_manage_post,
    can_own_posts,
    parameters_of,
    trashed_posts,
    visible_posts,
)
from blog_api.policies.viewers import Audience, Viewer, audience_of, is_editor, require
from blog_api.schemas.revisions import show_members
from blog_api.text.diffs import unified_diff

_MISSING = "The post has no such revision."
_AUTHOR = case((User.id.is_not(None), cast(JsonObject(User.id, User.username, User.display_name), JsonText)))
_SELECT = select(
    Revision.number, Revision.version, Revision.created_at, _AUTHOR.label("author"), Revision.live, Revision.changed,
).outerjoin(User, User.id == Revision.editor_id)  # fmt: skip
_REVISIONS = FilteredList(
    _SELECT, Revision.id, sorts={"number": Revision.number}, filters=(Revision.post_id,)
)
_AUTHORSHIP = select(
    Post.status,
    json_list(
        select(PostAuthor.user_id)
        .where(PostAuthor.post_id == Post.id)
        .order_by(PostAuthor.position)
        .correlate(Post)
    ).label("author_ids"),
).where(Post.id == bindparam("post_id"))


_OF_POST = Revision.post_id == bindparam("post_id")
_SINGLE = _SELECT.where(_OF_POST, Revision.number == bindparam("number"))
_ENTITY = select(Revision).where(_OF_POST, Revision.number == bindparam("number"))
_BEFORE = (
    select(Revision)
    .where(_OF_POST, Revision.number < bindparam("number"))
    .order_by(Revision.number.desc())
    .limit(1)
)


def require_editable(post_id: int, viewer: Viewer, *, in_trash: bool = False) -> None:
    """Raise NotFound or Forbidden unless the viewer may edit the post; with `in_trash`, also if it is in the trash."""
    statement = _authorship(audience_of(viewer), in_trash)
    parameters = parameters_of(viewer) | {"post_id": post_id}
    post = read_one(statement, parameters, MISSING)
    require(can_edit_post(viewer, post["author_ids"], post["status"]), refusal(viewer, post["author_ids"]))


@lru_cache
def _authorship(audience: Audience, in_trash: bool) -> AnySelect:
    trashed = [trashed_posts(audience)] if in_trash else []
    return _AUTHORSHIP.where(or_(visible_posts(audience), *trashed))


def list_revisions(post_id: int, page: PageRequest) -> Page:
    """Read a page of the revisions of a post."""
    return _REVISIONS.read(page, {"post_id": post_id})


def read_revision(post_id: int, number: int) -> dict[str, Any]:
    """Read a revision with its members. Raises NotFound."""
    parameters = {"post_id": post_id, "number": number}
    return read_one(_SINGLE, parameters, _MISSING) | members_of(get_revision(post_id, number))


def get_revision(post_id: int, number: int) -> Revision:
    """Load a revision. Raises NotFound."""
    return get_or_404(_ENTITY, {"post_id": post_id, "number": number}, _MISSING)


def compare_revisions(post_id: int, number: int, against: int | None) -> dict[str, Any]:
    """Return the members that differ from the revision `against`, by default the one before, with both values.

    The first revision is compared with an empty post. Raises NotFound.
    """
    revision = get_revision(post_id, number)
    if against is None:
        parameters = {"post_id": post_id, "number": number}
        other = db.session.scalars(_BEFORE, parameters).one_or_none()
    else:
        other = get_revision(post_id, against)
    before, after = show_members(members_of(other)), show_members(members_of(revision))
    differences = {
        name: {"before": before[name], "after": after[name]} for name in after if before[name] != after[name]
    }
    if "content" in differences:
        differences["content"]["unified"] = unified_diff(before["content"], after["content"])
    return differences


def restorable_members(post: Post, revision: Revision, viewer: Viewer) -> dict[str, Any]:
    """Return the changes that restore a revision, without what no longer exists or the viewer may not change.

    Former names of tags become the present ones.
    """
    values: dict[str, Any] = {name: getattr(revision, name) for name in SNAPSHOT}
    values["tags"] = present_tag_names(values["tags"])
    values["image"] = existing_image(values["image"])
    owner = db.session.get(User, values["author_id"])
    if not is_editor(viewer) or owner is None or not can_own_posts(owner):
        del values["author_id"]
    values = existing_authors(post, values)
    if not can_manage_post(viewer, post.author_id, post.status):
        del values["co_authors"]
    if not is_editor(viewer):
        del values["aliases"]
    if post.slug_is_automatic:
        # It follows the title.
        del values["slug"]
    return values
