"""The tags and authors that a list of posts is filtered by."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal, or_, select, union_all

from blog_api.crud.posts.filters import split_authors
from blog_api.database.session import db
from blog_api.models.addresses import TagSlug
from blog_api.models.users import User


def list_subjects(filters: dict[str, Any]) -> set[str]:
    """Return the keys of the tags and authors of the filters, such as `tag-3` and `user-5`. One query.

    Without such filters, the key is `posts`, also with filters that depend on further tags. A filter by an unknown tag
    or author adds the keys of all collections, because a tag or author can be created or renamed.
    """
    slugs = {*(filters.get("tag") or ()), *(filters.get("any_tag") or ())}
    authors = set(filters.get("author") or ())
    if not slugs and not authors:
        return {"posts"}
    ids, keys = split_authors(authors)
    tags = select(literal("tag"), TagSlug.tag_id).where(TagSlug.slug.in_(slugs))
    users = select(literal("user"), User.id).where(or_(User.id.in_(ids), User.username_key.in_(keys)))
    rows = db.session.execute(union_all(tags, users)).all()
    found = {f"{kind}-{row_id}" for kind, row_id in rows}
    if filters.get("without_tag") or filters.get("q"):
        # Renaming or deleting a tag changes what these find.
        found.add("posts")
    return found if len(rows) == len(slugs) + len(authors) else {*found, "posts", "tags", "users"}
