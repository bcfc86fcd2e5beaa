"""Write posts as units of work: load the entity, change attributes and collections, flush."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import attributes

from blog_api.crud.media.images import complete_image
from blog_api.crud.posts.aliases import redirects_from, set_aliases
from blog_api.crud.posts.authors import change_authors, get_new_owner, get_owner, lock_co_authors
from blog_api.crud.posts.members import LOADER_OPTIONS, MISSING
from blog_api.crud.posts.slugs import follow_title
from blog_api.crud.posts.tags import join_tag_names
from blog_api.crud.rows import get_or_404, patch
from blog_api.crud.slugs import POST_SLUG_CONSTRAINTS, add_with_slug, use_free_slug
from blog_api.crud.tags import get_or_create_tags
from blog_api.database.columns import utcnow
from blog_api.database.errors import SLUG_TAKEN
from blog_api.database.session import db
from blog_api.models.addresses import PostSlug
from blog_api.models.posts import Post
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.policies.posts import (
    can_edit_post,
    can_manage_post,
    can_write_posts,
    editable_posts,
    is_author_or_editor,
    parameters_of,
    require_aliases,
    require_status,
    visible_posts,
)
from blog_api.policies.publication import publication
from blog_api.policies.viewers import Audience, Viewer, audience_of, require
from blog_api.problems import Conflict
from blog_api.schemas.merging import merge_fields
from blog_api.schemas.post_writes import PostPatch
from blog_api.text.slugs import slugify

_PATCH = PostPatch(partial=True)
ONLY_AUTHORS = "Only its authors and editors may change this post."


def get_post(post_id: int, viewer: Viewer) -> Post:
    """Load a post for editing.

    Raises NotFound if it is missing or not visible to the viewer, Forbidden if the viewer may not edit it.
    """
    parameters = parameters_of(viewer) | {"post_id": post_id}
    post = get_or_404(_visible_post(audience_of(viewer)), parameters, MISSING)
    require(is_author_or_editor(viewer, post.author_ids), ONLY_AUTHORS)
    return post


def lock_post(post_id: int, viewer: Viewer) -> Post:
    """Lock a post against concurrent changes, and load it like `get_post`."""
    visible = select(Post.id).where(Post.id == bindparam("post_id"), visible_posts(audience_of(viewer)))
    locked = visible.with_for_update(key_share=True)
    db.session.execute(locked, parameters_of(viewer) | {"post_id": post_id})
    return get_post(post_id, viewer)


@lru_cache
def _visible_post(audience: Audience) -> Select[Post]:
    return (
        select(Post).where(Post.id == bindparam("post_id"), visible_posts(audience)).options(*LOADER_OPTIONS)
    )


def get_post_at_version(post_id: int, version: int | None, missing: str) -> Post:
    """Load a post with this version for editing, even from the trash.

    Raises NotFound with the message `missing`.
    """
    statement = select(Post).where(Post.id == post_id, Post.version == version).options(*LOADER_OPTIONS)
    return get_or_404(statement, {}, missing)


def lock_posts(post_ids: Iterable[int], viewer: Viewer) -> dict[int, Post]:
    """Lock those of the posts that the viewer may edit, and return them keyed by id.

    Locks them in the order of their ids, so that concurrent requests do not deadlock. Loads them with a second
    statement: one that waited for a lock would still see the tags as of its start.
    """
    editable = select(Post.id).where(Post.id.in_(sorted(set(post_ids))), editable_posts(viewer))
    locked = db.session.scalars(editable.order_by(Post.id).with_for_update(), parameters_of(viewer)).all()
    statement = select(Post).where(Post.id.in_(locked)).options(*LOADER_OPTIONS)
    return {post.id: post for post in db.session.scalars(statement)} if locked else {}


def create_post(author_id: int, data: dict[str, Any], *, slug_base: str | None = None) -> Post:
    """Create a post with its tags and co-authors. Safe under concurrent requests with the same title or new tags.

    `data` can have title, content, summary, slug, status, published_at, tags (names), co_authors (ids), author_id and
    aliases (paths). Without a slug, the post gets the best free one for `slug_base`, by default for its title. Raises
    Conflict if the given slug is taken, IntegrityError if an alias is taken, InvalidInput if an author or an upload is
    unknown or status, time and title are inconsistent.
    """
    data = {**complete_image(data, author_id), **publication(data, utcnow())}
    owner_id = data.pop("author_id", author_id)
    owner = get_owner(author_id) if owner_id == author_id else get_new_owner(owner_id)
    authors = [owner, *lock_co_authors(data.pop("co_authors", ()), owner_id)]
    tags = get_or_create_tags(data.pop("tags", ()))
    data["redirects"] = redirects_from(data.pop("aliases", ()))
    slug = data.pop("slug", None)
    # Exports say whether it is.
    data.setdefault("slug_is_automatic", slug is None and slug_base is None)
    make = partial(_new_post, data, authors, tags)
    if slug is None:
        base = slug_base or slugify(data.get("title", ""), "post")
        return use_free_slug(make, base, PostSlug.slug, POST_SLUG_CONSTRAINTS)
    post = add_with_slug(make, slug, POST_SLUG_CONSTRAINTS)
    if post is None:
        raise Conflict(faults=[SLUG_TAKEN])
    return post


def _new_post(data: dict[str, Any], authors: list[User], tags: list[Tag], slug: str) -> Post:
    post = Post(
        **data,
        slug=slug,
        author_id=authors[0].id,
        tags=tags,
        tag_names=join_tag_names(tags),
        activity=None,
    )
    post.authors = authors
    return post


def update_post(post: Post, changes: dict[str, Any], viewer: Viewer | None = None) -> None:
    """Update a post. `tags` are names, `co_authors` are ids. A change of these alone also increments the version.

    Raises Forbidden if `viewer` may not make these changes, StaleDataError if the post was changed concurrently,
    InvalidInput if an author or an upload is unknown or status, time and title are inconsistent, ValidationError if
    the result of a merge patch is invalid, IntegrityError if the slug or an alias is taken.
    """
    changes = merge_fields(_PATCH, changes, post)
    changes = complete_image(changes, viewer.id if viewer else post.author_id, post.image)
    co_author_ids, tag_names = changes.pop("co_authors", None), changes.pop("tags", None)
    owner_id = changes.pop("author_id", post.author_id)
    aliases = changes.pop("aliases", None)
    if aliases is not None and set(aliases) != set(post.aliases):
        require_aliases(viewer)
        set_aliases(post, aliases)
    changes_co_authors = co_author_ids is not None and co_author_ids != post.author_ids[1:]
    if viewer is not None and (changes or tag_names is not None or not changes_co_authors):
        require(can_edit_post(viewer, post.author_ids, post.status), refusal(viewer, post.author_ids))
        require_status(viewer, changes.get("status", "draft"))
    _keep_or_follow_slug(post, changes)
    change_authors(post, owner_id, co_author_ids, viewer)
    if tag_names is not None:
        _set_tags(post, get_or_create_tags(tag_names))
    if not changes.keys().isdisjoint(("status", "published_at", "title")):
        changes |= publication(
            changes, utcnow(), status=post.status, published_at=post.published_at, title=post.title
        )
    patch(post, changes)


def _keep_or_follow_slug(post: Post, changes: dict[str, Any]) -> None:
    """Let the slug follow a changed title, unless a slug is given. Then keep that one from now on."""
    if "slug" not in changes:
        if "title" in changes:
            follow_title(post, changes["title"])
    elif (changes["slug"], changes.get("title", post.title)) != (post.slug, post.title):
        # A client that sends back both as it read them does not ask to keep the slug.
        changes["slug_is_automatic"] = False


def refusal(viewer: Viewer, author_ids: Collection[int]) -> str:
    """Return why the viewer may not edit a post of these authors."""
    if can_write_posts(viewer) and viewer.id in author_ids:
        return "Contributors may change their posts only until they are published. Ask an editor."
    return ONLY_AUTHORS


def _set_tags(post: Post, tags: list[Tag]) -> None:
    if tags != post.tags:
        post.tags, post.tag_names = tags, join_tag_names(tags)
        # Increment the version even if other tags have the same names as before.
        attributes.flag_modified(post, "tag_names")


def trash_post(post: Post, viewer: Viewer) -> None:
    """Move a post to the trash. Raises Forbidden for co-authors."""
    refusal = "Only its owner and editors may delete this post, and contributors only until it is published."
    require(can_manage_post(viewer, post.author_id, post.status), refusal)
    patch(post, {"deleted_at": utcnow()})
