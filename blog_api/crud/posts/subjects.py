"""The tags and authors that a list of posts is filtered by."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal, or_, select, union_all

from blog_api.database.session import db
from blog_api.models.addresses import TagSlug
from blog_api.models.users import User
from blog_api.paging.cursors import MAX_INTEGER
from blog_api.text.folding import fold


def list_subjects(filters: dict[str, Any]) -> set[str]:
    """Return the keys of the tags and authors of the filters, such as `tag-3` and `user-5`. One query.

    Without such filters, the key is `posts`. A filter by an unknown tag or author adds the keys of all collections,
    because a tag or author can be created or renamed.
    """
    slugs = {*(filters.get("tag") or ()), *(filters.get("any_tag") or ())}
    authors = set(filters.get("author") or ())
    if not slugs and not authors:
        return {"posts"}
    ids = [min(int(author), MAX_INTEGER) for author in authors if author.isdigit()]
    names = [fold(author) for author in authors if not author.isdigit()]
    tags = select(literal("tag"), TagSlug.tag_id).where(TagSlug.slug.in_(slugs))
    users = select(literal("user"), User.id).where(or_(User.id.in_(ids), User.username_key.in_(names)))
    rows = db.session.execute(union_all(tags, users)).all()
    found = {f"{kind}-{row_id}" for kind, row_id in rows}
    return found if len(rows) == len(slugs) + len(authors) else {*found, "posts", "tags", "users"}
