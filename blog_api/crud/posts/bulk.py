"""Bulk changes of posts by set-based statements, which read nothing but ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import compress
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, false, func, literal, or_, select, update

from blog_api.crud.batches import batches
from blog_api.crud.changes.recording import announce_posts, record_posts
from blog_api.crud.history.recording import (
    Changed,
    group_by_members,
    record_former_states,
    record_revisions,
)
from blog_api.crud.history.snapshots import filled_members
from blog_api.crud.media.uses import Uses, add_uses
from blog_api.crud.posts.aliases import add_aliases
from blog_api.crud.posts.authors import add_authors
from blog_api.crud.posts.lists import filtered_posts
from blog_api.crud.posts.rendering import RenderedPost, find_editors, render_content, save_renderings
from blog_api.crud.posts.tags import join_tag_names, link_tags
from blog_api.crud.slugs import free_slug, taken_slugs
from blog_api.crud.tags import get_or_create_tag_ids, get_or_create_tags, lock_tags
from blog_api.database.columns import utcnow
from blog_api.database.dialects import insert
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.addresses import PostSlug
from blog_api.models.posts import Post, post_tags
from blog_api.models.tags import Tag
from blog_api.policies.posts import editable_posts, has_other_status
from blog_api.policies.publication import publication
from blog_api.policies.viewers import Viewer
from blog_api.text.folding import fold_tag


class Change(NamedTuple):
    """A change of many posts: the status to store, and the names of tags to add and remove."""

    status: str | None = None
    add_tags: Collection[str] = ()
    remove_tags: Collection[str] = ()


class NewPost(NamedTuple):
    """A post to create: the arguments of `create_post`."""

    author_id: int
    data: dict[str, Any]
    slug_base: str


def create_posts(new: Sequence[NewPost]) -> list[int | None]:
    """Create many posts with their tags, co-authors and aliases.

    Return their ids, with None for each post whose slug was taken concurrently. Eight statements, those of
    `get_or_create_tags`, one for each set of members that posts have, and three if they use pictures. Raises
    InvalidInput if the status and publication time of a post are inconsistent, IntegrityError if an alias is taken.
    """
    names = [name for post in new for name in post.data.get("tags", ())]
    tags = {tag.name_key: tag for tag in get_or_create_tags(names)}
    taken = taken_slugs(PostSlug.slug, {post.slug_base for post in new})
    rows: list[dict[str, Any]] = []
    tagged: dict[str, list[Tag]] = {}
    authors: dict[str, list[int]] = {}
    aliases: dict[str, Collection[str]] = {}
    rendered: dict[str, RenderedPost] = {}
    editors = find_editors(
        user_id for post in new for user_id in (post.author_id, *post.data.get("co_authors", ()))
    )
    members: dict[str, tuple[str, ...]] = {}
    for post in new:
        data = {**post.data, **publication(post.data, utcnow()), "author_id": post.author_id}
        own = [tags[key] for key in sorted({fold_tag(name) for name in data.pop("tags", ())})]
        # A post in the trash can have the slug of another one, but the maps below are keyed by slug.
        keeps_slug = data.get("deleted_at") is not None and post.slug_base not in tagged
        slug = post.slug_base if keeps_slug else free_slug(post.slug_base, taken)
        taken.add(slug)
        tagged[slug], authors[slug] = own, [post.author_id, *data.pop("co_authors", ())]
        aliases[slug] = data.pop("aliases", ())
        rendered[slug] = render_content(data.get("content", ""), trusted=editors.issuperset(authors[slug]))
        members[slug] = filled_members({**post.data, **data, "slug": slug})
        rows.append({**data, **rendered[slug].counts, "slug": slug, "tag_names": join_tag_names(own)})
    statement = insert(Post).on_conflict_do_nothing().returning(Post.slug, Post.id)
    ids = {row.slug: row.id for row in db.session.execute(statement, rows)} if rows else {}
    link_tags({post_id: tagged[slug] for slug, post_id in ids.items()})
    add_authors({post_id: authors[slug] for slug, post_id in ids.items()})
    add_aliases({post_id: aliases[slug] for slug, post_id in ids.items()})
    save_renderings({post_id: rendered[slug] for slug, post_id in ids.items()})
    add_uses(Post, {ids[row["slug"]]: Uses.of(row) for row in rows if row["slug"] in ids})
    if ids:
        record_posts(Post.id.in_(ids.values()))
        record_revisions(group_by_members((members[slug], post_id) for slug, post_id in ids.items()))
    return [ids.get(slug) for slug in tagged]


def find_posts_to_change(filters: dict[str, Any], change: Change, viewer: Viewer) -> list[int]:
    """Lock the posts that match the filters, that the viewer may edit and that `change` would change. Return their ids.

    Locks the tags to add as well.
    """
    listing, parameters = filtered_posts(filters, viewer, "created_at", frozenset())
    statement = (
        listing.statement().with_only_columns(Post.id).where(editable_posts(viewer), _is_changed_by(change))
    )
    lock_tags(change.add_tags)
    # In the order of their ids, so that concurrent requests for the same posts do not deadlock.
    statement = statement.order_by(Post.id).with_for_update(of=Post)
    return list(db.session.execute(statement, parameters).scalars())


def count_posts_over_tag_limit(post_ids: list[int], change: Change, max_tags: int) -> int:
    """Count the posts that would have more than `max_tags` tags after the change."""
    added = _keys(change.add_tags)
    if not added:
        return 0
    others = _count_tags(Tag.name_key.not_in(added | _keys(change.remove_tags)))
    return _count_posts(post_ids, others > max_tags - len(added))


def count_untitled_posts(post_ids: list[int]) -> int:
    """Count the posts without a title."""
    return _count_posts(post_ids, Post.title == "")


def _count_posts(post_ids: list[int], condition: ColumnElement[bool]) -> int:
    """Count those of the posts that meet the condition."""
    counted = select(func.count()).select_from(Post).where(condition)
    counts = (counted.where(Post.id.in_(batch)) for batch in batches(post_ids))
    return sum(db.session.execute(count).scalar_one() for count in counts)


def change_posts(post_ids: list[int], change: Change) -> None:
    """Apply a change to the posts and increment their versions.

    Up to fifteen statements per BATCH, and those of `get_or_create_tag_ids`.
    """
    values: dict[str, Any] = {"version": Post.version + 1}
    if change.status is not None:
        values["status"] = change.status
    if change.status == "published":
        # As in policies/publication.py: a post keeps an existing time, past or future.
        values["published_at"] = func.coalesce(Post.published_at, utcnow())
    added = get_or_create_tag_ids(change.add_tags) if post_ids else []
    removed = select(Tag.id).where(Tag.name_key.in_(_keys(change.remove_tags)))
    for batch in batches(post_ids):
        record_former_states(Post.id.in_(batch))
        changed = _changed_members(batch, change)
        announce_posts(Post.id.in_(batch))
        db.session.execute(
            update(Post).where(Post.id.in_(batch)).values(values),
            execution_options=UNSYNCHRONIZED,
        )
        if change.remove_tags:
            removable = and_(post_tags.c.post_id.in_(batch), post_tags.c.tag_id.in_(removed))
            db.session.execute(delete(post_tags).where(removable))
        if added:
            pairs = select(Post.id, Tag.id).join_from(Post, Tag, Tag.id.in_(added))
            pairs = pairs.where(Post.id.in_(batch))
            missing = insert(post_tags).from_select(["post_id", "tag_id"], pairs).on_conflict_do_nothing()
            db.session.execute(missing)
        record_posts(Post.id.in_(batch))
        record_revisions(changed)


def _changed_members(post_ids: Sequence[int], change: Change) -> Changed:
    """Return the ids of the posts by the members that `change` will change."""
    dated = and_(literal(change.status == "published"), Post.published_at.is_(None))
    parts = {"status": _has_other_status(change), "published_at": dated, "tags": _has_other_tags(change)}
    rows = db.session.execute(select(Post.id, *parts.values()).where(Post.id.in_(post_ids)))
    return group_by_members((tuple(compress(parts, are_changed)), post_id) for post_id, *are_changed in rows)


def _is_changed_by(change: Change) -> ColumnElement[bool]:
    return or_(_has_other_status(change), _has_other_tags(change))


def _has_other_status(change: Change) -> ColumnElement[bool]:
    return false() if change.status is None else has_other_status(change.status)


def _has_other_tags(change: Change) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [false()]
    if added := _keys(change.add_tags):
        conditions.append(_count_tags(Tag.name_key.in_(added)) < len(added))
    if removed := _keys(change.remove_tags):
        conditions.append(_count_tags(Tag.name_key.in_(removed)) > 0)
    return or_(*conditions)


def _keys(names: Collection[str]) -> set[str]:
    return {fold_tag(name) for name in names}


def _count_tags(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    """Count the tags of a post that meet the condition."""
    counted = select(func.count()).select_from(post_tags).join(Tag, Tag.id == post_tags.c.tag_id)
    return counted.where(post_tags.c.post_id == Post.id, condition).correlate(Post).scalar_subquery()
