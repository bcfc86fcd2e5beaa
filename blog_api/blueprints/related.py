"""/posts/{id}/related and /posts/{id}/neighbours: what to read next."""

from __future__ import annotations

from typing import Any

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_viewer, public
from blog_api.crud.posts import neighbours, related
from blog_api.paging.pages import Page
from blog_api.schemas import related as schemas
from blog_api.schemas.post_queries import NeighbourQuery, RelatedQuery
from blog_api.schemas.posts import PostFieldsPage, PostPage

blueprint = Blueprint(
    "related", __name__, url_prefix="/api/v1/posts", description="Posts to read after a post."
)


@blueprint.route("/<id:post_id>/related")
@public
@blueprint.query(RelatedQuery())
@blueprint.returns(200, PostPage(), sparse=PostFieldsPage())
def list_related(query: dict[str, Any], post_id: int) -> Page:
    """List posts related to a post

    Returns public posts that share tags with it. The fewer posts have a tag, the more it counts; ties are sorted newest
    first. Considers the 200 newest posts of each tag. There is a single page, which can have fewer than `limit` items.
    """
    return related.list_related(post_id, query["limit"], current_viewer(), query.get("fields"))


@blueprint.route("/<id:post_id>/neighbours")
@public
@blueprint.query(NeighbourQuery())
@blueprint.returns(200, schemas.Neighbours(), sparse=schemas.NeighbourFields())
def read_neighbours(query: dict[str, Any], post_id: int) -> Any:
    """Get the previous and the next post

    Returns the public posts published before and after it, among all posts or those of one tag or author. Both are null
    for a page, and for a post that is not public.
    """
    filters: dict[str, Any] = {name: (query[name],) for name in ("author", "tag") if name in query}
    return neighbours.read_neighbours(post_id, filters, current_viewer(), query.get("fields"))
