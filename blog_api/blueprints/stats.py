"""/stats: post statistics."""

from __future__ import annotations

from typing import Any

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, login_required
from blog_api.crud import stats as crud
from blog_api.schemas import stats as schemas

blueprint = Blueprint(
    "stats",
    __name__,
    url_prefix="/api/v1/stats",
    description="Numbers of posts by status, month, author and tag.",
)


@blueprint.route("")
@login_required
@blueprint.query(schemas.StatsQuery())
@blueprint.returns(200, schemas.Stats())
def read_stats(query: dict[str, Any]) -> Any:
    """Get post statistics

    Counts your own posts (for editors, all posts) by status, month, author and tag. A post counts for each of its
    authors.
    """
    return crud.read_stats(current_user(), **query)
