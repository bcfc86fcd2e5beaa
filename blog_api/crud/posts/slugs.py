"""Slugs of posts. Those under which a post was public stay reserved for it (triggers of migration 0025)."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Select, bindparam, delete, exists, select, update
from sqlalchemy.orm import attributes

from blog_api.crud.history.recording import record_former_states
from blog_api.crud.rows import Renamed
from blog_api.crud.slugs import POST_SLUG_CONSTRAINTS, candidates, use_free_slug
from blog_api.database.columns import utcnow
from blog_api.database.session import UNSYNCHRONIZED, db, execute_rows
from blog_api.models.addresses import PostSlug
from blog_api.models.posts import Post
from blog_api.policies.posts import is_public, is_trashed, parameters_of, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of
from blog_api.problems import NotFound
from blog_api.text.slugs import slugify


def follow_former_slug(slug: str, viewer: Viewer | None) -> None:
    """Raise Renamed if a post that the viewer may see was public under this slug and now has another one."""
    statement = _present_slug(audience_of(viewer))
    present = execute_rows(statement, parameters_of(viewer) | {"former": slug}).scalar_one_or_none()
    if present is not None and present != slug:
        raise Renamed("slug", present)


@lru_cache
def _present_slug(audience: Audience) -> Select[str]:
    joined = select(Post.slug).join(PostSlug, PostSlug.post_id == Post.id)
    return joined.where(PostSlug.slug == bindparam("former"), visible_posts(audience))


def follow_title(post: Post, title: str) -> None:
    """Give a post that was never public the best free slug for its new title, if its slug was made from the old one.

    Call this before other changes of the post. The next flush increments the version. Raises Conflict if it loses every
    race.
    """
    base, former = slugify(title, "post"), post.slug
    if not post.slug_is_automatic or post.slug in candidates(base) or _was_public(post):
        return
    if not post.has_revisions:
        record_former_states(Post.id == post.id)

    def renamed(slug: str) -> Post:
        statement = update(Post).where(Post.id == post.id).values(slug=slug)
        db.session.execute(statement, execution_options=UNSYNCHRONIZED)
        attributes.set_committed_value(post, "slug", slug)
        return post

    slug = use_free_slug(renamed, base, PostSlug.slug, POST_SLUG_CONSTRAINTS).slug
    # Let the unit of work know.
    attributes.set_committed_value(post, "slug", former)
    post.slug = slug


def _was_public(post: Post) -> bool:
    reserved = exists().where(PostSlug.post_id == post.id, PostSlug.public_at.is_not(None))
    return is_public(post, utcnow()) or bool(db.session.scalar(select(reserved)))


def release_slug(post: Post, slug: str) -> None:
    """Free a former slug of a post, or the slug of a post in the trash. Raises NotFound if there is none."""
    former = delete(PostSlug).where(PostSlug.slug == slug, PostSlug.post_id == post.id)
    if not is_trashed(post):
        former = former.where(PostSlug.slug != post.slug)
    removed = db.session.execute(former.returning(PostSlug.id), execution_options=UNSYNCHRONIZED)
    if removed.one_or_none() is None:
        raise NotFound("The post has no such former slug.")
