"""What is written of posts. Whoever writes one gets it as it is shown, from what is known: nothing is read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Executable, bindparam, cast, delete, select, update

from blog_api.crud.co_authors import (
    add_co_authors,
    changed_co_authors,
    check_co_authors,
    replace_co_authors,
)
from blog_api.crud.post_statements import ALL_FIELDS, FIELDS, posts, users
from blog_api.crud.slugs import use_free_slug
from blog_api.crud.stored_posts import ONLY_AUTHORS, Shown, StoredPost
from blog_api.crud.tags import HeldTag, link_tags, shown_tags, tag_names, tags_of_names
from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert, is_postgresql
from blog_api.database.errors import TAKEN_SLUG
from blog_api.database.functions import Json, JsonObject
from blog_api.database.session import db
from blog_api.models import Post, post_tags
from blog_api.policies.posts import can_edit_post, can_manage_post, kept_posts, shown_status
from blog_api.policies.publication import publication
from blog_api.policies.viewers import Viewer, require
from blog_api.problems import Conflict, EditConflict
from blog_api.text.slugs import slugify

_KEPT = kept_posts()


def create_post(author_id: int, data: dict[str, Any], *, like_slug: str | None = None) -> Shown:
    """A new post with its tags, as it is shown. Safe when many write the same title and the same new tag at once.

    `data` has title and content, and may have summary, slug, status, published_at, tags (names) and co_authors (ids).
    Without a slug it gets the best free one for `like_slug`, or else for the title. Raises Conflict where the slug that
    was asked for is taken, InvalidInput where there is no such co-author or status and time do not go together.
    """
    data = dict(data)
    co_authors = check_co_authors(data.pop("co_authors", ()), author_id)
    held = tags_of_names(data.pop("tags", ()))
    slug = data.pop("slug", None)
    insert_under = partial(_insert_post, row_of_post(author_id, data, held, utcnow()))
    made: Shown | None
    if slug is None:
        base = like_slug or slugify(data["title"], "post")
        made = use_free_slug(insert_under, base, Post.slug, _KEPT)
    else:
        made = insert_under(slug)
    if made is None:
        raise Conflict(faults=[TAKEN_SLUG])
    link_tags({made["id"]: held})
    add_co_authors({made["id"]: [author["id"] for author in co_authors]})
    authors = [made["author"], *co_authors]
    return {**made, "content": data["content"], "authors": authors, "tags": shown_tags(held)}


def row_of_post(
    author_id: int, data: dict[str, Any], held: Mapping[str, HeldTag], now: datetime
) -> dict[str, Any]:
    """The columns of a new post with these tags, but for its slug. Raises what `publication` raises."""
    return {**data, **publication(data, now), "author_id": author_id, "tag_names": tag_names(held)}


_OWNER = select(users.c.id, users.c.username, users.c.display_name).where(users.c.id == bindparam("owner"))
_ELSEWHERE = {"content", "author", "authors", "tags"}
# What the row of a new post shows. The content need not come back.
_OF_ROW = [
    *(column.label(name) for name, column in FIELDS.items() if name in ALL_FIELDS - _ELSEWHERE),
    cast(select(JsonObject(_OWNER.subquery("shown"))).scalar_subquery(), Json).label("author"),
    posts.c.version,
]


@lru_cache
def _insert(*, for_postgresql: bool) -> Executable:
    return insert(posts, for_postgresql=for_postgresql).on_conflict_do_nothing().returning(*_OF_ROW)


def _insert_post(values: dict[str, Any], slug: str) -> Shown | None:
    """The new post, as far as one row shows it; None where its slug is taken."""
    values = {**values, "slug": slug, "owner": values["author_id"], "now": utcnow()}
    row = db.session.execute(_insert(for_postgresql=is_postgresql()), values).one_or_none()
    return dict(row._mapping) if row else None


def update_post(post: StoredPost, changes: dict[str, Any], viewer: Viewer | None = None) -> None:
    """Set what is in `changes` (`tags` are names, `co_authors` ids). A change of these alone raises the version too.

    What is shown of it follows; but for another owner, whom only an import sets. Raises Forbidden where `viewer` may
    not change that, EditConflict where someone else changed the post meanwhile, InvalidInput where there is no such
    co-author or status and time do not go together; a taken slug is an IntegrityError.
    """
    changes = dict(changes)
    owner_id = changes.get("author_id", post.author_id)
    wanted = changes.pop("co_authors", None)
    co_authors = changed_co_authors((post.author_id, post.author_ids[1:]), wanted, owner_id, viewer)
    if viewer is not None and (changes or co_authors is None):
        require(can_edit_post(viewer, post.author_ids), ONLY_AUTHORS)
    tags = shown_tags(tags_of_names(changes.pop("tags"))) if "tags" in changes else post.shown["tags"]
    added, removed = _ids_beyond(tags, post.shown["tags"]), _ids_beyond(post.shown["tags"], tags)
    if "status" in changes or "published_at" in changes:
        changes |= publication(changes, utcnow(), status=post.status, published_at=post.shown["published_at"])
    _update(post, changes, even_if_same=bool(added or removed or co_authors is not None))
    if co_authors is not None:
        replace_co_authors(post.id, [author["id"] for author in co_authors])
        post.shown["authors"] = [post.shown["author"], *co_authors]
    if removed:
        db.session.execute(_UNLINK, {"tagged": post.id, "removed": removed})
    if added:
        db.session.execute(post_tags.insert(), [{"post_id": post.id, "tag_id": tag_id} for tag_id in added])
    post.shown["tags"] = tags


_UNLINK = delete(post_tags).where(
    post_tags.c.post_id == bindparam("tagged"), post_tags.c.tag_id.in_(bindparam("removed", expanding=True))
)


def _ids_beyond(tags: Sequence[Shown], others: Sequence[Shown]) -> list[int]:
    """The ids of those that the others do not have, in one order."""
    return sorted({tag["id"] for tag in tags} - {tag["id"] for tag in others})


_UPDATE = (
    update(posts)
    .where(posts.c.id == bindparam("wanted"), posts.c.version == bindparam("known"))
    .returning(posts.c.updated_at, shown_status().label("status"))
)


def _update(post: StoredPost, changes: dict[str, Any], *, even_if_same: bool = False) -> None:
    """Set the columns that differ, under the version. Raises EditConflict; a taken slug is an IntegrityError."""
    stored = {**post.shown, "status": post.status, "author_id": post.author_id, "deleted_at": None}
    values = {name: value for name, value in changes.items() if value != stored[name]}
    if not values and not even_if_same:
        return
    raised = {"version": post.version + 1}
    conditions = {"wanted": post.id, "known": post.version, "now": utcnow()}
    row = db.session.execute(_UPDATE, values | raised | conditions).one_or_none()
    if row is None:
        raise EditConflict
    post.status, post.author_id = (values.get(name, stored[name]) for name in ("status", "author_id"))
    post.shown |= {name: value for name, value in values.items() if name in post.shown}
    post.shown |= {**row._mapping, **raised}


def trash_post(post: StoredPost, viewer: Viewer) -> None:
    """Move the post to the trash: out of every list, count and address. Raises Forbidden for co-authors."""
    require(can_manage_post(viewer, post.author_id), "Only its owner and editors may delete this post.")
    _update(post, {"deleted_at": utcnow()})
