"""Write a revision of each post that the session flushes, so that no write can forget to."""

from __future__ import annotations

from itertools import chain

from sqlalchemy.orm import Session, UOWTransaction, attributes

from blog_api.crud.history.recording import record_former_states, record_revisions
from blog_api.crud.history.snapshots import changed_members
from blog_api.database.session import listen_to_flushes
from blog_api.models.posts import Post

_KEY = "changed_posts"


def listen() -> None:
    """Record what every session of the app flushes."""
    listen_to_flushes(before=_before_flush, after=_after_flush)


def _before_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Find the changed posts, and record the former state of those that have no revision yet."""
    posts = [post for post in chain(session.new, session.dirty) if isinstance(post, Post)]
    changed = [(post, members) for post in posts if (members := changed_members(post))]
    session.info[_KEY] = changed
    if unrecorded := [post.id for post, _ in changed if post not in session.new and not post.has_revisions]:
        record_former_states(Post.id.in_(unrecorded))


def _after_flush(session: Session, _context: UOWTransaction) -> None:
    """Record the new states, now that the posts have their ids and versions and are locked."""
    for post, members in session.info.pop(_KEY):
        record_revisions({members: [post.id]})
        attributes.set_committed_value(post, "has_revisions", True)
