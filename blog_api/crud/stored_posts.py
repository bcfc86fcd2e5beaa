"""Posts that are to be changed: as they are shown, so that whoever has changed one need not read it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Text, bindparam, select, type_coerce

from blog_api.crud.post_statements import ALL_FIELDS, FIELDS, posts
from blog_api.crud.rows import read_one
from blog_api.database.columns import utcnow
from blog_api.database.session import db
from blog_api.paging.pages import AnySelect
from blog_api.policies.posts import editable_posts, is_author_or_editor, parameters_of, visible_posts
from blog_api.policies.viewers import Audience, Viewer, audience_of, require

Shown = dict[str, Any]

MISSING = "There is no post here that you may see."
ONLY_AUTHORS = "Only its authors and editors may change this post."


@dataclass(slots=True)
class StoredPost:
    """A post that is to be changed: as it is shown, with its version, and what is not shown of it."""

    shown: Shown
    status: str
    author_id: int

    @property
    def id(self) -> int:
        """Its id."""
        return int(self.shown["id"])

    @property
    def version(self) -> int:
        """The version that a change compares, and raises."""
        return int(self.shown["version"])

    @property
    def author_ids(self) -> list[int]:
        """Its owner and its co-authors, in their order."""
        return [author["id"] for author in self.shown["authors"]]


# Lists that are looked at are read, and not only sent.
_AS_TEXT = ("authors", "tags")
_STORED = select(
    *(
        (type_coerce(column, Text) if name in _AS_TEXT else column).label(name)
        for name, column in FIELDS.items()
        if name in ALL_FIELDS
    ),
    posts.c.version,
    posts.c.status.label("stored_status"),
    posts.c.author_id,
)


@lru_cache
def _visible(audience: Audience) -> AnySelect:
    return _STORED.where(posts.c.id == bindparam("wanted"), visible_posts(audience))


_OF_VERSION = _STORED.where(posts.c.id == bindparam("wanted"), posts.c.version == bindparam("known"))
_OF_IDS = _STORED.where(posts.c.id.in_(bindparam("wanted", expanding=True)))


def _stored(shown: Shown) -> StoredPost:
    status, author_id = shown.pop("stored_status"), shown.pop("author_id")
    for name in _AS_TEXT:
        shown[name] = orjson.loads(shown[name])
    return StoredPost(shown, status, author_id)


def get_post(post_id: int, viewer: Viewer) -> StoredPost:
    """The post, to change it, as far as they may.

    Raises NotFound where there is none, or none that they may see, Forbidden where they may see it only.
    """
    parameters = parameters_of(viewer) | {"wanted": post_id}
    post = _stored(read_one(_visible(audience_of(viewer)), parameters, MISSING))
    require(is_author_or_editor(viewer, post.author_ids), ONLY_AUTHORS)
    return post


def get_post_of_version(post_id: int, version: int | None, missing: str) -> StoredPost:
    """The post in this version, to change it; also one in the trash. Raises NotFound, which says `missing`."""
    return _stored(read_one(_OF_VERSION, {"wanted": post_id, "known": version, "now": utcnow()}, missing))


def lock_posts(post_ids: Iterable[int], viewer: Viewer) -> dict[int, StoredPost]:
    """Those of the posts that they may change, by id, whole. Until the transaction ends nobody else can.

    Locked in the order of their ids, so that of two who want some of the same each gets its turn. Read once they are
    locked, since the statement that waits for them does not see what has become of their tags meanwhile.
    """
    wanted = select(posts.c.id).where(posts.c.id.in_(sorted(set(post_ids))), editable_posts(viewer))
    parameters = parameters_of(viewer)
    locked = db.session.execute(wanted.order_by(posts.c.id).with_for_update(), parameters).scalars().all()
    rows = db.session.execute(_OF_IDS, parameters | {"wanted": locked}) if locked else ()
    return {row.id: _stored(dict(row._mapping)) for row in rows}
