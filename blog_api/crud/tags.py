"""Queries of tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, literal, select
from sqlalchemy.orm import load_only

from blog_api.crud.former_tags import move_former_names, save_former_name
from blog_api.crud.posts.versions import raise_versions
from blog_api.crud.rows import get_or_404, patch, read_one
from blog_api.crud.slugs import free_slug, taken_slugs, use_free_slug
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models import Post, Tag, post_tags
from blog_api.paging.pages import AnySelect, Listing, Page, PageRequest, read_page
from blog_api.policies.posts import live_tagged_posts, parameters_of
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import Fault, InvalidInput, NotFound
from blog_api.text.folding import fold_tag
from blog_api.text.slugs import slugify

_MISSING = "There is no tag of this id."
_SORTS = {"name": "name_key", "post_count": "post_count"}

_ON_LIVE_POSTS = select(post_tags.c.post_id).where(post_tags.c.tag_id == Tag.id, live_tagged_posts())
_POST_COUNT = _ON_LIVE_POSTS.with_only_columns(func.count()).correlate(Tag).scalar_subquery()
_SHOWN = select(Tag.id, Tag.name, Tag.slug, Tag.description, Tag.version, _POST_COUNT.label("post_count"))


@lru_cache
def _select_tags(audience: Audience) -> AnySelect:
    """Select tags with their counts. Tags of drafts alone would tell of the drafts: only editors see them."""
    return _SHOWN if audience is Audience.EDITORS else _SHOWN.where(_ON_LIVE_POSTS.exists())


@lru_cache
def _single_tag(audience: Audience) -> AnySelect:
    return _select_tags(audience).where(Tag.id == bindparam("tag_id"))


@lru_cache
def _listing(audience: Audience, sort: str) -> Listing:
    # Around the statement, so that the count can be compared with that of the cursor.
    counted = _select_tags(audience).add_columns(Tag.name_key).subquery()
    return Listing(select(counted), counted.c[_SORTS[sort]], counted.c.id)


def list_tags(page: PageRequest, viewer: Viewer | None) -> Page:
    """The tags that they may see, by name or by the number of published posts."""
    return read_page(_listing(audience_of(viewer), page.sort.lstrip("-")), page, parameters_of(viewer))


def read_tag(tag_id: int, viewer: Viewer | None) -> dict[str, Any]:
    """One tag with its count. Raises NotFound where there is none, or none that they may see."""
    statement = _single_tag(audience_of(viewer))
    return read_one(statement, parameters_of(viewer) | {"tag_id": tag_id}, _MISSING)


def get_tag(tag_id: int) -> Tag:
    """The tag, to change it: until then nobody else can, nor tag a post with it. Raises NotFound."""
    return get_or_404(select(Tag).where(Tag.id == tag_id).with_for_update(), {}, _MISSING)


def get_tag_id(slug: str) -> int:
    """The id of the tag of this slug. Raises NotFound."""
    tag_id = db.session.execute(select(Tag.id).where(Tag.slug == slug)).scalar_one_or_none()
    if tag_id is None:
        raise NotFound(f"There is no tag of the slug {slug}.")
    return tag_id


def create_tag(name: str, *, slug: str | None = None, description: str = "") -> Tag:
    """Create a tag. A taken name, or a taken slug that was asked for, is an IntegrityError."""
    make = partial(Tag, name=name, name_key=fold_tag(name), description=description)
    if slug is None:
        return use_free_slug(make, slugify(name, "tag"), Tag.slug, "uq_tags_slug")
    tag = make(slug=slug)
    db.session.add(tag)
    db.session.flush()
    return tag


def update_tag(tag: Tag, changes: dict[str, Any]) -> None:
    """Set what is in `changes`. The posts keep the tag under its new name, and imports find it by the old one."""
    keys = {"name_key": fold_tag(changes["name"])} if "name" in changes else {}
    former_key = tag.name_key
    patch(tag, changes | keys)
    if tag.name_key != former_key:
        save_former_name(former_key, tag.id)


def delete_tag(tag: Tag) -> None:
    """Remove the tag, also from its posts, whose versions count that."""
    raise_versions(Post.id.in_(_posts_with(tag.id)))
    db.session.delete(tag)
    db.session.flush()


def _posts_with(tag_id: int) -> Select[tuple[int]]:
    return select(post_tags.c.post_id).where(post_tags.c.tag_id == tag_id)


def merge_tag(tag_id: int, into: int) -> None:
    """Give posts and names of a tag to another one, and remove it. Raises NotFound for it, InvalidInput for `into`."""
    if into == tag_id:
        raise _cannot_merge("A tag cannot be merged into itself.")
    # Held in one order, so that two merges, or a merge and a post that is written, do not wait for each other.
    both = select(Tag).where(Tag.id.in_([tag_id, into])).order_by(Tag.id).with_for_update()
    locked = {tag.id: tag for tag in db.session.scalars(both)}
    if tag_id not in locked:
        raise NotFound(_MISSING)
    if into not in locked:
        raise _cannot_merge(_MISSING)
    raise_versions(Post.id.in_(_posts_with(tag_id)))
    tagged = _posts_with(tag_id).add_columns(literal(into))
    db.session.execute(insert(post_tags).from_select(["post_id", "tag_id"], tagged).on_conflict_do_nothing())
    save_former_name(locked[tag_id].name_key, into)
    move_former_names(tag_id, into)
    db.session.delete(locked[tag_id])
    db.session.flush()


def _cannot_merge(detail: str) -> InvalidInput:
    return InvalidInput(faults=[Fault(detail, "not_a_tag", "/into")])


def delete_unused_tags(created_before: datetime, limit: int) -> int:
    """Remove at most `limit` of the tags created before that are on no post, the trash included; gives how many."""
    unused = ~select(post_tags.c.post_id).where(post_tags.c.tag_id == Tag.id).exists()
    # Those that somebody is about to put on a post are passed over.
    found = select(Tag.id).where(Tag.created_at < created_before, unused).limit(limit)
    locked = db.session.execute(found.with_for_update(skip_locked=True)).scalars().all()
    # Asked again now that they are locked: a post may have taken one up between the look and the hold.
    removed = delete(Tag).where(Tag.id.in_(locked), unused).returning(Tag.id)
    options = {"synchronize_session": False}
    return len(db.session.execute(removed, execution_options=options).all())


def get_or_create_tag_ids(names: Iterable[str]) -> list[int]:
    """Return the ids of the tags of these names, as `get_or_create_tags` has them."""
    return sorted(tag.id for tag in get_or_create_tags(names))


def lock_tags(names: Iterable[str]) -> None:
    """Keep the existing tags of these names as they are until the transaction ends.

    Call this before locking posts: tags are always locked before posts.
    """
    _lock(fold_tag(name) for name in names)


def get_or_create_tags(names: Iterable[str]) -> list[Tag]:
    """Return the tags with these names, without duplicates and ordered by key. Create the missing ones.

    Safe under concurrent requests. One query if no tag is missing, otherwise four.
    """
    found, _made = _get_or_create(names)
    return [found[key] for key in sorted(found)]


def create_missing_tags(names: Iterable[str]) -> set[str]:
    """Make the missing tags of these names, and keep all as they are until the transaction ends.

    Returns the keys of those that were created, as `fold_tag` has them.
    """
    _found, created = _get_or_create(names)
    return created


def delete_tags(keys: Collection[str]) -> None:
    """Remove tags that `create_missing_tags` has created, and that no post has got since."""
    if keys:
        db.session.execute(delete(Tag).where(Tag.name_key.in_(keys)))


def _get_or_create(names: Iterable[str]) -> tuple[dict[str, Tag], set[str]]:
    wanted = {fold_tag(name): name for name in reversed(list(names))}
    found, created = _lock(wanted), set()
    # A lost race for a name is found in the next round; a lost race for a slug takes another slug then.
    while missing := {key: wanted[key] for key in wanted if key not in found}:
        created |= _insert(missing)
        found |= _lock(missing)
    return found, created


def join_tag_names(tags: Iterable[Tag]) -> str:
    """Return the names of the tags as the search has them; given with a post, they leave its triggers nothing to do."""
    return "\n".join(tag.name for tag in tags)


def link_tags(tags: Mapping[int, Iterable[Tag]]) -> None:
    """Give new posts, by their ids, their tags."""
    links = [{"post_id": post_id, "tag_id": tag.id} for post_id, own in tags.items() for tag in own]
    if links:
        db.session.execute(post_tags.insert(), links)


# Locked, or a tag could be deleted before a post carries it; in the order in which a merge locks two.
_LOCKED_TAGS = (
    select(Tag)
    .where(Tag.name_key.in_(bindparam("keys", expanding=True)))
    .order_by(Tag.id)
    .options(load_only(Tag.name, Tag.name_key, Tag.slug))
    .with_for_update(read=True, key_share=True)
    # As they are now: a post may have loaded some of them before they were locked.
    .execution_options(populate_existing=True)
)


def _lock(keys: Iterable[str]) -> dict[str, Tag]:
    """Lock and return the tags of these keys."""
    keys = list(keys)
    return {tag.name_key: tag for tag in db.session.scalars(_LOCKED_TAGS, {"keys": keys})} if keys else {}


def _insert(names: dict[str, str]) -> set[str]:
    """Make tags of these names by their keys; gives the keys of those that nobody else has created meanwhile."""
    bases = {key: slugify(name, "tag") for key, name in names.items()}
    taken = taken_slugs(Tag.slug, bases.values())
    rows = []
    # In one order, or two requests wait for each other's tags.
    for key in sorted(names):
        slug = free_slug(bases[key], taken)
        taken.add(slug)
        rows.append({"name": names[key], "name_key": key, "slug": slug})
    created = insert(Tag).on_conflict_do_nothing().returning(Tag.name_key)
    return set(db.session.scalars(created, rows))
