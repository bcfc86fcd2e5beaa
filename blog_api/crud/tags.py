"""Queries for tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, literal, select
from sqlalchemy.orm import load_only

from blog_api.crud.changes.recording import record_changes
from blog_api.crud.former_tags import move_names, save_former_name
from blog_api.crud.posts.versions import increment_versions
from blog_api.crud.rows import Renamed, get_or_404, patch, read_one
from blog_api.crud.slugs import TAG_SLUG_CONSTRAINTS, free_slug, taken_slugs, use_free_slug
from blog_api.database.dialects import insert
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.addresses import TagSlug
from blog_api.models.posts import Post, post_tags
from blog_api.models.tags import Tag
from blog_api.paging.pages import AnySelect, Listing, Page, PageRequest, read_page
from blog_api.policies.posts import live_tagged_posts, parameters_of
from blog_api.policies.tags import visible_tags
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import Fault, InvalidInput, NotFound
from blog_api.text.folding import fold_tag
from blog_api.text.slugs import slugify

_MISSING = "There is no such tag."
_SORTS = {"name": "name_key", "post_count": "post_count"}

_COUNTED_POSTS = select(func.count()).where(post_tags.c.tag_id == Tag.id, live_tagged_posts())
_POST_COUNT = _COUNTED_POSTS.correlate(Tag).scalar_subquery()
_SHOWN = select(Tag.id, Tag.name, Tag.slug, Tag.description, Tag.version, _POST_COUNT.label("post_count"))


@lru_cache
def _select_tags(audience: Audience) -> AnySelect:
    return _SHOWN.where(visible_tags(audience))


@lru_cache
def _single_tag(audience: Audience) -> AnySelect:
    return _select_tags(audience).where(Tag.id == bindparam("tag_id"))


@lru_cache
def _listing(audience: Audience, sort: str) -> Listing:
    # A subquery, so that the outer SELECT can compare the count with the cursor.
    counted = _select_tags(audience).add_columns(Tag.name_key).subquery()
    return Listing(select(counted), counted.c[_SORTS[sort]], counted.c.id)


def list_tags(page: PageRequest, viewer: Viewer | None) -> Page:
    """Read a page of the tags visible to the viewer, by name or by number of published posts."""
    return read_page(_listing(audience_of(viewer), page.sort.lstrip("-")), page, parameters_of(viewer))


def read_tag(tag_id: int, viewer: Viewer | None) -> dict[str, Any]:
    """Read one tag with its count. Raises NotFound if it is missing or not visible to the viewer."""
    statement = _single_tag(audience_of(viewer))
    return read_one(statement, parameters_of(viewer) | {"tag_id": tag_id}, _MISSING)


def read_tag_by_slug(slug: str, viewer: Viewer | None) -> dict[str, Any]:
    """Read one tag by its slug, like `read_tag`. Raises Renamed for a former slug."""
    joined = _select_tags(audience_of(viewer)).join(TagSlug, TagSlug.tag_id == Tag.id)
    statement = joined.where(TagSlug.slug == bindparam("slug"))
    tag = read_one(statement, parameters_of(viewer) | {"slug": slug}, _MISSING)
    if tag["slug"] != slug:
        raise Renamed("slug", tag["slug"])
    return tag


def get_tag(tag_id: int) -> Tag:
    """Load and lock a tag for editing, against concurrent changes and new uses. Raises NotFound."""
    return get_or_404(select(Tag).where(Tag.id == tag_id).with_for_update(), {}, _MISSING)


def get_tag_id(slug: str) -> int:
    """Return the id of the tag with this slug. Raises NotFound."""
    tag_id = db.session.execute(select(Tag.id).where(Tag.slug == slug)).scalar_one_or_none()
    if tag_id is None:
        raise NotFound(f"There is no tag with the slug {slug}.")
    return tag_id


def create_tag(
    name: str, *, slug: str | None = None, slug_base: str | None = None, description: str = ""
) -> Tag:
    """Create a tag. Without a slug, it gets the best free one for `slug_base`, by default for its name.

    Raises IntegrityError if the name, or a slug given explicitly, is taken.
    """
    make = partial(Tag, name=name, name_key=fold_tag(name), description=description)
    if slug is None:
        base = slug_base or slugify(name, "tag")
        return use_free_slug(make, base, TagSlug.slug, TAG_SLUG_CONSTRAINTS)
    tag = make(slug=slug)
    db.session.add(tag)
    db.session.flush()
    return tag


def update_tag(tag: Tag, changes: dict[str, Any]) -> None:
    """Update a tag. If the name changes, record the old one so that imports still find the tag."""
    keys = {"name_key": fold_tag(changes["name"])} if "name" in changes else {}
    former_key = tag.name_key
    patch(tag, changes | keys)
    if tag.name_key != former_key:
        save_former_name(former_key, tag.id)


def delete_tag(tag: Tag) -> None:
    """Delete a tag and remove it from its posts, incrementing their versions."""
    increment_versions(Post.id.in_(_posts_with(tag.id)))
    db.session.delete(tag)
    db.session.flush()


def _posts_with(tag_id: int) -> Select[tuple[int]]:
    return select(post_tags.c.post_id).where(post_tags.c.tag_id == tag_id)


def merge_tag(tag_id: int, into: int) -> None:
    """Move the posts and former names of a tag to the tag `into`, and delete it.

    Raises NotFound if the tag is missing, InvalidInput if `into` is missing or the same tag.
    """
    if into == tag_id:
        raise _cannot_merge("A tag cannot be merged into itself.")
    # Locked in a fixed order, so that concurrent merges and post updates do not deadlock.
    both = select(Tag).where(Tag.id.in_([tag_id, into])).order_by(Tag.id).with_for_update()
    locked = {tag.id: tag for tag in db.session.scalars(both)}
    if tag_id not in locked:
        raise NotFound(_MISSING)
    if into not in locked:
        raise _cannot_merge(_MISSING)
    increment_versions(Post.id.in_(_posts_with(tag_id)))
    tagged = _posts_with(tag_id).add_columns(literal(into))
    db.session.execute(insert(post_tags).from_select(["post_id", "tag_id"], tagged).on_conflict_do_nothing())
    move_names(locked[tag_id], into)
    db.session.execute(delete(Tag).where(Tag.id == tag_id))
    record_changes("tag.merged", [tag_id], into_id=into)


def _cannot_merge(detail: str) -> InvalidInput:
    return InvalidInput(faults=[Fault(detail, "not_a_tag", "/into")])


def delete_unused_tags(created_before: datetime, limit: int) -> int:
    """Delete up to `limit` unused tags created before that time, and return the number of deleted tags.

    A tag counts as used if any post has it, even one in the trash.
    """
    unused = ~select(post_tags.c.post_id).where(post_tags.c.tag_id == Tag.id).exists()
    # Skip tags that another transaction is adding to a post.
    found = select(Tag.id).where(Tag.created_at < created_before, unused).limit(limit)
    locked = db.session.execute(found.with_for_update(skip_locked=True)).scalars().all()
    # Check again under the lock: a post may have been tagged before the lock was taken.
    removed = delete(Tag).where(Tag.id.in_(locked), unused).returning(Tag.id)
    ids = db.session.execute(removed, execution_options=UNSYNCHRONIZED).scalars().all()
    record_changes("tag.deleted", sorted(ids))
    return len(ids)


def get_or_create_tag_ids(names: Iterable[str]) -> list[int]:
    """Return the sorted ids of the tags with these names. Create the missing ones."""
    return sorted(tag.id for tag in get_or_create_tags(names))


def lock_tags(names: Iterable[str]) -> None:
    """Lock the existing tags with these names.

    Call this before locking posts: tags are always locked first.
    """
    _lock(fold_tag(name) for name in names)


def get_or_create_tags(names: Iterable[str]) -> list[Tag]:
    """Return the tags with these names, without duplicates and ordered by key. Create the missing ones.

    Safe under concurrent requests. One query if no tag is missing, otherwise four.
    """
    found, _created = _get_or_create(names)
    return [found[key] for key in sorted(found)]


def create_missing_tags(names: Iterable[str]) -> set[str]:
    """Create the missing tags with these names, and lock all of them.

    Return the keys (see `fold_tag`) of the created ones.
    """
    _found, created = _get_or_create(names)
    return created


def delete_tags(keys: Collection[str]) -> None:
    """Delete tags that `create_missing_tags` created in this transaction and that turned out to be unused."""
    if keys:
        removed = delete(Tag).where(Tag.name_key.in_(keys)).returning(Tag.id)
        record_changes("tag.deleted", sorted(db.session.scalars(removed)))


def _get_or_create(names: Iterable[str]) -> tuple[dict[str, Tag], set[str]]:
    requested = {fold_tag(name): name for name in reversed(list(names))}
    found, created = _lock(requested), set()
    # After losing a race for a name, the next round finds the tag; after losing one for a slug, it tries another slug.
    while missing := {key: requested[key] for key in requested if key not in found}:
        created |= _insert(missing)
        found |= _lock(missing)
    return found, created


# Locked, so that no tag is deleted before the post is tagged, in the same order as in `merge_tag`.
_LOCKED_TAGS = (
    select(Tag)
    .where(Tag.name_key.in_(bindparam("keys", expanding=True)))
    .order_by(Tag.id)
    .options(load_only(Tag.name, Tag.name_key, Tag.slug))
    .with_for_update(read=True, key_share=True)
    # Refresh entities that a post loaded before the lock was taken.
    .execution_options(populate_existing=True)
)


def _lock(keys: Iterable[str]) -> dict[str, Tag]:
    """Lock and return the tags with these keys."""
    keys = list(keys)
    return {tag.name_key: tag for tag in db.session.scalars(_LOCKED_TAGS, {"keys": keys})} if keys else {}


def _insert(names: dict[str, str]) -> set[str]:
    """Insert tags, given as names by key. Return the keys of those that were not created concurrently."""
    bases = {key: slugify(name, "tag") for key, name in names.items()}
    taken = taken_slugs(TagSlug.slug, bases.values())
    rows = []
    # In a fixed order, so that concurrent requests do not deadlock.
    for key in sorted(names):
        slug = free_slug(bases[key], taken)
        taken.add(slug)
        rows.append({"name": names[key], "name_key": key, "slug": slug})
    created = insert(Tag).on_conflict_do_nothing().returning(Tag.name_key, Tag.id)
    ids = {row.name_key: row.id for row in db.session.execute(created, rows)}
    record_changes("tag.created", sorted(ids.values()))
    return set(ids)
