"""The writable members of a post, read from posts, revisions and working copies alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import attributes

from blog_api.database.base import Base
from blog_api.database.columns import utcnow
from blog_api.database.functions import json_list
from blog_api.models.addresses import Redirect
from blog_api.models.post_content import PostContent, Snapshot
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag

_TAG_NAMES = json_list(
    select(Tag.name)
    .join(post_tags, post_tags.c.tag_id == Tag.id)
    .where(post_tags.c.post_id == Post.id)
    .order_by(Tag.name_key)
    .correlate(Post)
)
_CO_AUTHOR_IDS = json_list(
    select(PostAuthor.user_id)
    .where(PostAuthor.post_id == Post.id, PostAuthor.position > 0)
    .order_by(PostAuthor.position)
    .correlate(Post)
)
_ALIASES = json_list(
    select(Redirect.path).where(Redirect.post_id == Post.id).order_by(Redirect.path).correlate(Post)
)
_CONTENT = tuple(PostContent.__annotations__)
# The attributes of a snapshot, with their expressions on a post.
SNAPSHOT: dict[str, Any] = {name: getattr(Post, name) for name in _CONTENT} | {
    "author_id": Post.author_id,
    "co_authors": _CO_AUTHOR_IDS,
    "tags": _TAG_NAMES,
    "aliases": _ALIASES,
}
# The attributes by the names of the members. Declarative models reserve the name `metadata`.
ATTRIBUTES = {"metadata" if name == "custom" else name: name for name in SNAPSHOT}
MEMBERS = {attribute: member for member, attribute in ATTRIBUTES.items()}
_RELATIONS = (("tags", "tags"), ("aliases", "redirects"))
# The members that come from the list of the authors.
_AUTHORS = (("author_id", slice(1)), ("co_authors", slice(1, None)))
# A new post without any members, with which its first revision is compared.
_EMPTY: dict[str, Any] = dict.fromkeys(SNAPSHOT) | {
    "title": "",
    "summary": "",
    "content": "",
    "status": "draft",
    "kind": "post",
    "featured": False,
    "noindex": False,
    "comments_open": True,
    "custom": {},
    "co_authors": [],
    "tags": [],
    "aliases": [],
}


def values_of(entity: Snapshot | Post) -> dict[str, Any]:
    """Return the attributes of a snapshot, or what they would be for a loaded post."""
    related: dict[str, Any] = {}
    if isinstance(entity, Post):
        tags = [tag.name for tag in entity.tags]
        related = {"co_authors": entity.author_ids[1:], "tags": tags, "aliases": list(entity.aliases)}
    return {name: related[name] if name in related else getattr(entity, name) for name in SNAPSHOT}


def as_read(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes of a snapshot as clients read them: a published post can be scheduled."""
    is_scheduled = values.get("status") == "published" and (values.get("published_at") or utcnow()) > utcnow()
    return {**values, "status": "scheduled"} if is_scheduled else dict(values)


def members_of(snapshot: Snapshot | None) -> dict[str, Any]:
    """Return the writable members of a snapshot as they are read, or those of an empty post."""
    values = as_read(_EMPTY if snapshot is None else values_of(snapshot))
    return {member: values[name] for member, name in ATTRIBUTES.items()}


def filled_members(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the members that a new post has only because `data` has them, in order."""
    return _in_order(name for name, value in data.items() if name in SNAPSHOT and _EMPTY[name] != value)


def changed_members(post: Post) -> tuple[str, ...]:
    """Return the names of the members that the next flush writes: those of a new post, or those that it changes."""
    if inspect(post).transient or inspect(post).pending:
        authors = _present_author_ids(post)
        related = {name: authors[part] for name, part in _AUTHORS} | {
            name: list(getattr(post, relation)) for name, relation in _RELATIONS
        }
        return filled_members({**inspect(post).dict, **related})
    changed = [name for name in _CONTENT if _history(post, name).has_changes()]
    changed += [name for name, relation in _RELATIONS if _history(post, relation).has_changes()]
    before, after = _former_author_ids(post), _present_author_ids(post)
    changed += [name for name, part in _AUTHORS if before[part] != after[part]]
    return _in_order(changed)


def _history(entity: Base, name: str) -> attributes.History:
    """Return the change of an attribute since it was loaded, without loading it."""
    return inspect(entity).attrs[name].history


def _present_author_ids(post: Post) -> list[int]:
    return [link.user_id or link.user.id for link in inspect(post).dict.get("author_links", ())]


def _former_author_ids(post: Post) -> list[int]:
    if "author_links" in inspect(post).unloaded:
        return []
    links = _history(post, "author_links")
    former = [(_former(link, "position"), link.user_id) for link in (*links.unchanged, *links.deleted)]
    return [user_id for _, user_id in sorted(former)]


def _former(entity: Base, name: str) -> Any:
    """Return the value that an attribute had when it was loaded."""
    deleted = _history(entity, name).deleted
    return deleted[0] if deleted else getattr(entity, name)


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    found = set(names)
    return tuple(member for member, name in ATTRIBUTES.items() if name in found)
