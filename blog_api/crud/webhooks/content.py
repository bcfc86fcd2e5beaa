"""Read what messages say about changed objects: where public ones are, and which tags and authors posts have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import String, cast, literal, null, select, union_all

from blog_api.context import exchange
from blog_api.database.columns import UtcDateTime
from blog_api.database.session import db
from blog_api.models.posts import Post, PostAuthor, post_tags
from blog_api.models.tags import Tag
from blog_api.models.users import User
from blog_api.models.webhooks import FormerLink
from blog_api.policies.accounts import visible_accounts
from blog_api.policies.posts import live_posts, parameters_of
from blog_api.policies.tags import visible_tags
from blog_api.policies.viewers import Audience
from blog_api.text.permalinks import Permalinks

# An object: its kind, as the first part of the types of its changes, and its id.
Key = tuple[str, int]


class Place(NamedTuple):
    """Where a public object is. The slug of a user is the username."""

    slug: str
    url: str | None


def find_places(objects: Collection[Key]) -> dict[Key, Place]:
    """Return the places of those objects that are public now. One query."""
    ids = defaultdict[str, set[int]](set)
    for kind, object_id in objects:
        ids[kind].add(object_id)
    never = cast(null(), UtcDateTime)
    selects = {
        "post": select(literal("post").label("kind"), Post.id, Post.slug, Post.published_at).where(
            Post.id.in_(ids["post"]), live_posts()
        ),
        "tag": select(literal("tag"), Tag.id, Tag.slug, never).where(
            Tag.id.in_(ids["tag"]), visible_tags(Audience.EVERYONE)
        ),
        "user": select(literal("user"), User.id, User.username, never).where(
            User.id.in_(ids["user"]), visible_accounts(is_public=True)
        ),
    }
    wanted = [selects[kind] for kind in selects if ids[kind]]
    if not wanted:
        return {}
    permalinks: Permalinks = exchange.permalinks
    places: dict[Key, Place] = {}
    for kind, object_id, slug, published_at in db.session.execute(union_all(*wanted), parameters_of(None)):
        if kind == "post":
            url = permalinks.post_url(object_id, slug, published_at)
        else:
            url = (permalinks.tag_url if kind == "tag" else permalinks.user_url)(object_id, slug)
        places[kind, object_id] = Place(slug, url)
    return places


def find_links(post_ids: Collection[int]) -> dict[int, set[Key]]:
    """Return the tags and authors that each of the posts has or recently had. One query."""
    links = defaultdict[int, set[Key]](set)
    if not post_ids:
        return links
    tag, user = (cast(literal(kind), String) for kind in ("tag", "user"))
    selects = (
        select(post_tags.c.post_id, tag, post_tags.c.tag_id).where(post_tags.c.post_id.in_(post_ids)),
        select(PostAuthor.post_id, user, PostAuthor.user_id).where(PostAuthor.post_id.in_(post_ids)),
        select(FormerLink.post_id, FormerLink.kind, FormerLink.entity_id).where(
            FormerLink.post_id.in_(post_ids)
        ),
    )
    for post_id, kind, entity_id in db.session.execute(union_all(*selects)):
        links[post_id].add((kind, entity_id))
    return links
