"""Insert the tags of another blog, with their former names and slugs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import exists, select

from blog_api.crud.former_tags import current_names, save_former_name
from blog_api.crud.slugs import TAG_SLUG_CONSTRAINTS, use_free_slug
from blog_api.database.dialects import insert
from blog_api.database.session import db
from blog_api.models.addresses import TagSlug
from blog_api.models.tags import Tag
from blog_api.text.folding import fold_tag

_OWN = ("name", "description", "created_at", "updated_at")


def add_tag(values: Mapping[str, Any]) -> bool:
    """Insert a tag, unless one has its name or had it. Return whether it is new. A taken slug gets a number."""
    key = fold_tag(values["name"])
    if db.session.scalar(select(exists().where(Tag.name_key == key))) or current_names([key]):
        return False
    make = partial(Tag, name_key=key, **{name: values[name] for name in _OWN})
    tag = use_free_slug(make, values["slug"], TagSlug.slug, TAG_SLUG_CONSTRAINTS)
    for former in values["former_names"]:
        save_former_name(former, tag.id)
    rows = [{"slug": slug, "tag_id": tag.id} for slug in values["former_slugs"]]
    if rows:
        db.session.execute(insert(TagSlug).on_conflict_do_nothing(), rows)
    return True
