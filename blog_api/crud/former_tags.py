"""Queries for former names and slugs of tags. Imports use the names to map an old one to the current tag."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, exists, or_, select, update

from blog_api.database.dialects import insert
from blog_api.database.session import UNSYNCHRONIZED, db
from blog_api.models.addresses import PostSlug, TagSlug
from blog_api.models.posts import post_tags
from blog_api.models.tags import FormerTagName, Tag
from blog_api.policies.posts import live_tagged_posts, parameters_of
from blog_api.problems import NotFound
from blog_api.text.folding import fold_tag


def save_former_name(name_key: str, tag_id: int) -> None:
    """Record a former name of a tag. If several tags had the name, the latest one wins."""
    row = insert(FormerTagName).values(name_key=name_key, tag_id=tag_id)
    latest = {"tag_id": row.excluded.tag_id}
    db.session.execute(row.on_conflict_do_update(index_elements=[FormerTagName.name_key], set_=latest))


def move_names(tag: Tag, into: int) -> None:
    """Make the present and former names and slugs of a tag former ones of another tag. Call this before deleting it.

    The present slug becomes free if the tag was never on a public post.
    """
    _move_slugs(tag, into)
    save_former_name(tag.name_key, into)
    db.session.execute(update(FormerTagName).where(FormerTagName.tag_id == tag.id).values(tag_id=into))


def _move_slugs(tag: Tag, into: int) -> None:
    posts = select(post_tags.c.post_id).where(post_tags.c.tag_id == tag.id)
    joined = posts.join(PostSlug, PostSlug.post_id == post_tags.c.post_id)
    was_public = joined.where(PostSlug.public_at.is_not(None))
    is_public = or_(posts.where(live_tagged_posts()).exists(), was_public.exists())
    moved = update(TagSlug).where(TagSlug.tag_id == tag.id, or_(TagSlug.slug != tag.slug, is_public))
    db.session.execute(moved.values(tag_id=into), parameters_of(None), execution_options=UNSYNCHRONIZED)


def release_slug(tag_id: int, slug: str) -> None:
    """Free a former slug of a tag. Raises NotFound if there is none."""
    is_current = exists().where(Tag.id == tag_id, Tag.slug == slug)
    former = delete(TagSlug).where(TagSlug.slug == slug, TagSlug.tag_id == tag_id, ~is_current)
    if (
        db.session.execute(former.returning(TagSlug.id), execution_options=UNSYNCHRONIZED).one_or_none()
        is None
    ):
        raise NotFound("The tag has no such former slug.")


def current_names(keys: Iterable[str]) -> dict[str, str]:
    """Map former name keys to the current names of their tags, except keys that a tag uses now."""
    taken = exists().where(Tag.name_key == FormerTagName.name_key).correlate(FormerTagName)
    statement = (
        select(FormerTagName.name_key, Tag.name)
        .join(Tag, Tag.id == FormerTagName.tag_id)
        .where(FormerTagName.name_key.in_(list(keys)), ~taken)
    )
    return {row.name_key: row.name for row in db.session.execute(statement)}


def present_tag_names(names: Iterable[str]) -> list[str]:
    """Return these names of tags, with the present name in place of each former one."""
    names = list(names)
    present = current_names(map(fold_tag, names)) if names else {}
    return [present.get(fold_tag(name), name) for name in names]
