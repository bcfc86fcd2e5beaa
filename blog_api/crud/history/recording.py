"""Write revisions in the transaction that changes the posts.

Units of work are recorded as they flush (`units_of_work`); set-based statements call these functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Insert, bindparam, exists, func, insert, literal, null, select

from blog_api.context import exchange
from blog_api.crud.batches import batches
from blog_api.crud.history.snapshots import SNAPSHOT
from blog_api.database.columns import JsonText
from blog_api.database.dialects import insert as upsert
from blog_api.database.session import db
from blog_api.models.posts import Post
from blog_api.models.revisions import Revision
from blog_api.models.users import User
from blog_api.policies.posts import live_posts, parameters_of

# The ids of posts by the members that a save changes.
Changed = Mapping[tuple[str, ...], list[int]]

# The revisions of the post that the statement is about.
_OF_POST = Revision.post_id == Post.id
HAS_REVISIONS = exists().where(_OF_POST).correlate(Post)
_NEXT_NUMBER = (
    select(func.coalesce(func.max(Revision.number), 0) + 1).where(_OF_POST).correlate(Post).scalar_subquery()
)
# Null if the account was deleted by this very transaction.
_EDITOR_ID = select(User.id).where(User.id == bindparam("editor_id", type_=User.id.type)).scalar_subquery()
_POST_IDS = Post.id.in_(bindparam("post_ids", expanding=True))


def _rows(editor_id: Any, changed: Any) -> dict[str, Any]:
    return {
        "post_id": Post.id,
        "number": _NEXT_NUMBER,
        "version": Post.version,
        "editor_id": editor_id,
        "live": live_posts(),
        "changed": changed,
        **SNAPSHOT,
    }


_COLUMNS = [getattr(Revision, name) for name in _rows(None, None)]
_SAVED = select(*_rows(_EDITOR_ID, bindparam("changed", type_=JsonText())).values())
_RECORD = insert(Revision).from_select(_COLUMNS, _SAVED.where(_POST_IDS))
# Their author and what they changed are unknown.
_FORMER = select(*_rows(null(), literal([], JsonText())).values()).where(~HAS_REVISIONS)


def record_revisions(changed: Changed) -> None:
    """Write a revision of each of these posts, which have just been saved."""
    for members, post_ids in changed.items():
        for batch in batches(post_ids):
            _execute(_RECORD, {"post_ids": batch, "changed": members})


def group_by_members(changes: Iterable[tuple[tuple[str, ...], int]]) -> Changed:
    """Return the argument of `record_revisions` for pairs of members and the id of a post."""
    changed: dict[tuple[str, ...], list[int]] = {}
    for members, post_id in changes:
        changed.setdefault(members, []).append(post_id)
    return changed


def record_former_states(condition: ColumnElement[bool]) -> None:
    """Write the first revision of those posts that have none, before they are changed.

    These are posts that were last changed before there were revisions. Of two concurrent first changes, the second one
    finds this revision written.
    """
    _execute(upsert(Revision).from_select(_COLUMNS, _FORMER.where(condition)).on_conflict_do_nothing(), {})


def _execute(statement: Insert, values: dict[str, Any]) -> None:
    parameters = parameters_of(None) | {"editor_id": exchange.user_id} | values
    # On the connection, because Session.execute treats parameters of an INSERT as entities.
    db.session.connection().execute(statement, parameters)
