"""The state of the content as a whole."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select

from blog_api.database import db
from blog_api.models import ContentVersion, Post
from blog_api.policies import live_posts, parameters_of

Stamp = tuple[int, datetime | None]

posts, content_version = Post.__table__, ContentVersion.__table__

_VERSION = select(content_version.c.version).scalar_subquery()
# Whatever changes by the passing of time alone begins when a post is due, which then is the newest one.
_DUE = select(func.max(posts.c.published_at)).where(live_posts()).scalar_subquery()
_STAMP = select(_VERSION, _DUE)


def read_stamp() -> Stamp | None:
    """What stays the same as long as the public content does, and never comes back; None before its first change.

    To be read before what it is to be a stamp of.
    """
    version, due = db.session.execute(_STAMP, parameters_of(None)).one()
    return None if version is None else (version, due)
