"""/changes: the feed of changes, for clients that keep a copy of the content."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_viewer, public
from blog_api.crud.changes import feed
from blog_api.database.columns import utcnow
from blog_api.schemas import changes as schemas

blueprint = Blueprint(
    "changes", __name__, url_prefix="/api/v1/changes", description="Changes of the content."
)


@blueprint.route("")
@public
@blueprint.query(schemas.ChangeQuery())
@blueprint.returns(200, schemas.ChangeFeed())
@blueprint.raises(410)
def list_changes(query: dict[str, Any]) -> Any:
    """Follow changes

    Returns what changed after `cursor`, in one order and without gaps, so a client that always continues with
    `next_cursor` meets every change exactly once. Without `cursor` and `since`, returns no changes and the present
    cursor: take it, read everything, and then follow.

    A change appears about a second after it was made. Renaming a tag or a user is one change; their posts are not
    listed. Changes are kept for 90 days unless the operator has set another time; an older cursor is 410.
    """
    kept_since = utcnow() - timedelta(days=current_app.config["CHANGES_DAYS"])
    return feed.read_changes(current_viewer(), **query, kept_since=kept_since)
