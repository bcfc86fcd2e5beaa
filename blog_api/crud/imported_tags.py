"""Create tags with the slugs and descriptions that they had in another blog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select

from blog_api.crud.tags import create_tag
from blog_api.database.session import db
from blog_api.models.tags import Tag
from blog_api.text.folding import fold_tag


class TagDetails(NamedTuple):
    """What is known about a tag besides its name. A taken slug gets a number."""

    slug: str
    description: str = ""


def create_tags(details: Mapping[str, TagDetails]) -> None:
    """Create those of the tags, by name, that are missing. Raises IntegrityError if another request creates one."""
    keys = {fold_tag(name): name for name in details}
    found = db.session.scalars(select(Tag.name_key).where(Tag.name_key.in_(keys))).all()
    for name in (name for key, name in keys.items() if key not in found):
        create_tag(name, slug_base=details[name].slug, description=details[name].description)
