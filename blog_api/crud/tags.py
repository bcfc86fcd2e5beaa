"""Queries of tags."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, func, literal, select

from blog_api.crud.former_tags import keep_former_name, pass_former_names_on
from blog_api.crud.pages import read_page
from blog_api.crud.post_versions import raise_versions
from blog_api.crud.rows import get_one, patch, read_one
from blog_api.crud.slugs import free_slug, taken_slugs, use_free_slug
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models import Post, Tag, post_tags
from blog_api.paging.pages import AnySelect, Listing, Page, PageRequest
from blog_api.policies.posts import live_tagged_posts, parameters_of
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import Fault, InvalidInput, NotFound
from blog_api.text.folding import fold_tag
from blog_api.text.slugs import slugify

tags = Tag.__table__

_MISSING = "There is no tag of this id."
_SORTS = {"name": "name_key", "post_count": "post_count"}

_ON_LIVE_POSTS = select(post_tags.c.post_id).where(post_tags.c.tag_id == tags.c.id, live_tagged_posts())
_POST_COUNT = _ON_LIVE_POSTS.with_only_columns(func.count()).correlate(tags).scalar_subquery()


@lru_cache
def _select_tags(audience: Audience) -> AnySelect:
    """Tags with their counts. Tags of drafts alone would tell of the drafts, so only editors see them."""
    statement = select(tags, _POST_COUNT.label("post_count"))
    return statement if audience is Audience.EDITORS else statement.where(_ON_LIVE_POSTS.exists())


@lru_cache
def _tag_statement(audience: Audience) -> AnySelect:
    return _select_tags(audience).where(tags.c.id == bindparam("wanted"))


@lru_cache
def _listing(audience: Audience, sort: str) -> Listing:
    # Around the statement, so that the count can be compared with that of the cursor.
    counted = _select_tags(audience).subquery()
    row_id, key = counted.c.id.label("row_id"), counted.c[_SORTS[sort]].label("sort_key")
    return Listing(select(counted, row_id, key))


def list_tags(page: PageRequest, viewer: Viewer | None) -> Page:
    """The tags that they may see, by name or by the number of published posts."""
    return read_page(_listing(audience_of(viewer), page.sort.lstrip("-")), page, parameters_of(viewer))


def read_tag(tag_id: int, viewer: Viewer | None) -> dict[str, Any]:
    """One tag with its count. Raises NotFound where there is none, or none that they may see."""
    statement = _tag_statement(audience_of(viewer))
    return read_one(statement, parameters_of(viewer) | {"wanted": tag_id}, _MISSING)


def get_tag(tag_id: int) -> Tag:
    """The tag, to change it: until then nobody else can, nor tag a post with it. Raises NotFound."""
    return get_one(select(Tag).where(Tag.id == tag_id).with_for_update(), {}, _MISSING)


def id_of_slug(slug: str) -> int:
    """The id of the tag of this slug. Raises NotFound."""
    tag_id = db.session.execute(select(Tag.id).where(Tag.slug == slug)).scalar_one_or_none()
    if tag_id is None:
        raise NotFound(f"There is no tag of the slug {slug}.")
    return tag_id


def create_tag(name: str, *, slug: str | None = None, description: str = "") -> int:
    """A new tag; gives its id. A taken name, or a taken slug that was asked for, is an IntegrityError."""
    values = {"name": name, "name_key": fold_tag(name), "description": description}
    if slug:
        return db.session.execute(insert(Tag).values(**values, slug=slug).returning(Tag.id)).scalar_one()
    return use_free_slug(partial(_insert_tag, values), slugify(name, "tag"), Tag.slug)


def _insert_tag(values: dict[str, Any], slug: str) -> int | None:
    """The id of the new tag; None where its slug is taken. A taken name is an IntegrityError."""
    row = insert(Tag).values(**values, slug=slug).on_conflict_do_nothing(index_elements=[Tag.slug])
    return db.session.execute(row.returning(Tag.id)).scalar_one_or_none()


def update_tag(tag: Tag, changes: dict[str, Any]) -> None:
    """Set what is in `changes`. The posts keep the tag under its new name, and imports find it by the old one."""
    keys = {"name_key": fold_tag(changes["name"])} if "name" in changes else {}
    former_key = tag.name_key
    patch(tag, changes | keys)
    if tag.name_key != former_key:
        keep_former_name(former_key, tag.id)


def delete_tag(tag: Tag) -> None:
    """Remove the tag, also from its posts, whose versions count that."""
    raise_versions(_carries(tag.id))
    db.session.delete(tag)
    db.session.flush()


def _carries(tag_id: int) -> ColumnElement[bool]:
    return Post.id.in_(select(post_tags.c.post_id).where(post_tags.c.tag_id == tag_id))


def merge_tag(tag_id: int, into: int) -> None:
    """Give posts and names of a tag to another one, and remove it. Raises NotFound for it, InvalidInput for `into`."""
    if into == tag_id:
        raise _cannot_merge("A tag cannot be merged into itself.")
    # Held in one order, so that two merges, or a merge and a post that is written, do not wait for each other.
    both = select(Tag).where(Tag.id.in_([tag_id, into])).order_by(Tag.id).with_for_update()
    held = {tag.id: tag for tag in db.session.execute(both).scalars()}
    if tag_id not in held:
        raise NotFound(_MISSING)
    if into not in held:
        raise _cannot_merge(_MISSING)
    raise_versions(_carries(tag_id))
    tagged = select(post_tags.c.post_id, literal(into)).where(post_tags.c.tag_id == tag_id)
    rows = insert(post_tags).from_select(["post_id", "tag_id"], tagged).on_conflict_do_nothing()
    db.session.execute(rows)
    keep_former_name(held[tag_id].name_key, into)
    pass_former_names_on(tag_id, into)
    db.session.delete(held[tag_id])
    db.session.flush()


def _cannot_merge(detail: str) -> InvalidInput:
    return InvalidInput(faults=[Fault(detail, "not_a_tag", "/into")])


def delete_unused_tags(made_before: datetime, most: int) -> int:
    """Remove at most `most` of the tags made before that are on no post, the trash included; gives how many."""
    unused = ~select(post_tags.c.post_id).where(post_tags.c.tag_id == Tag.id).exists()
    # Those that somebody is about to put on a post are passed over.
    found = select(Tag.id).where(Tag.created_at < made_before, unused).limit(most)
    held = db.session.execute(found.with_for_update(skip_locked=True)).scalars().all()
    # Asked again now that they are held: a post may have taken one up between the look and the hold.
    removed = delete(Tag).where(Tag.id.in_(held), unused).returning(Tag.id)
    options = {"synchronize_session": False}
    return len(db.session.execute(removed, execution_options=options).all())


class HeldTag(NamedTuple):
    """A tag that stays as it is until the transaction ends."""

    id: int
    name: str
    slug: str


def ids_of_tags(names: Iterable[str]) -> list[int]:
    """The ids of the tags of these names, each once, as `tags_of_names` has them."""
    return sorted(tag.id for tag in tags_of_names(names).values())


def hold_tags(names: Iterable[str]) -> None:
    """Keep those of the tags that there are as they are until the transaction ends.

    For who locks posts before it gives them tags: who changes a tag holds it first, and then its posts.
    """
    _find(fold_tag(name) for name in names)


def tags_of_names(names: Iterable[str]) -> dict[str, HeldTag]:
    """The tags of these names by their keys; missing tags are made. Safe when many do it at once.

    Four queries where a tag is missing, one where none is.
    """
    held, _made = _hold_all(names)
    return held


def make_tags(names: Iterable[str]) -> set[str]:
    """Make those of the tags that are missing, and keep them all as they are until the transaction ends.

    Gives the names of those that were made, as `fold_tag` has them.
    """
    _held, made = _hold_all(names)
    return made


def unmake_tags(keys: Collection[str]) -> None:
    """Remove tags that `make_tags` has made, and that no post has got since."""
    if keys:
        db.session.execute(delete(tags).where(tags.c.name_key.in_(keys)))


def _hold_all(names: Iterable[str]) -> tuple[dict[str, HeldTag], set[str]]:
    wanted = {fold_tag(name): name for name in reversed(list(names))}
    found, made = _find(wanted), set()
    # A lost race for a name is found in the next round; a lost race for a slug takes another slug then.
    while missing := {key: wanted[key] for key in wanted if key not in found}:
        made |= _make(missing)
        found |= _find(missing)
    return found, made


def tag_names(held: Mapping[str, HeldTag]) -> str:
    """What triggers would make of the tags for the search: given with a new post, it leaves them nothing to change."""
    return "\n".join(held[key].name for key in sorted(held))


def shown_tags(held: Mapping[str, HeldTag]) -> list[dict[str, Any]]:
    """The tags in their order, as a post shows them."""
    return [held[key]._asdict() for key in sorted(held)]


def link_tags(held: Mapping[int, Mapping[str, HeldTag]]) -> None:
    """Give new posts, by their ids, their tags."""
    links = [{"post_id": post_id, "tag_id": tag.id} for post_id, own in held.items() for tag in own.values()]
    if links:
        db.session.execute(post_tags.insert(), links)


# Held, or a tag could be deleted before the post carries it; in the order in which a merge holds two.
_HOLD = (
    select(tags.c.name_key, tags.c.id, tags.c.name, tags.c.slug)
    .where(tags.c.name_key.in_(bindparam("keys", expanding=True)))
    .order_by(tags.c.id)
    .with_for_update(read=True, key_share=True)
)


def _find(keys: Iterable[str]) -> dict[str, HeldTag]:
    keys = list(keys)
    rows = db.session.execute(_HOLD, {"keys": keys}) if keys else ()
    return {key: HeldTag(*shown) for key, *shown in rows}


def _make(names: dict[str, str]) -> set[str]:
    """Make tags of these names by their keys; gives the keys of those that nobody else has made meanwhile."""
    bases = {key: slugify(name, "tag") for key, name in names.items()}
    taken = taken_slugs(Tag.slug, bases.values())
    rows = []
    # In one order, or two requests wait for each other's tags.
    for key in sorted(names):
        slug = free_slug(bases[key], taken)
        taken.add(slug)
        rows.append({"name": names[key], "name_key": key, "slug": slug})
    made = insert(tags).on_conflict_do_nothing().returning(tags.c.name_key)
    return set(db.session.execute(made, rows).scalars())
