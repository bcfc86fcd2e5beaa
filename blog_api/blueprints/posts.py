"""/posts: posts, the trash, and bulk operations."""

from __future__ import annotations

from typing import Any

from flask import url_for

from blog_api.api.blueprint import Blueprint
from blog_api.api.caching import check_version
from blog_api.auth import audit
from blog_api.auth.access import current_user, current_viewer, login_required, public
from blog_api.context import exchange
from blog_api.crud.posts import lists, single, slugs, trash, write
from blog_api.crud.posts.bulk import Change
from blog_api.crud.posts.members import post_to_dict
from blog_api.policies.posts import require_creation
from blog_api.policies.viewers import is_admin, is_editor, require
from blog_api.schemas import bulk as bulk_schemas
from blog_api.schemas import post_writes
from blog_api.schemas import posts as schemas
from blog_api.schemas.post_queries import PostFilters, PostQuery, SinglePostQuery
from blog_api.services import bulk, history

blueprint = Blueprint(
    "posts", __name__, url_prefix="/api/v1/posts", description="Posts in Markdown.", dry_run=True
)


@blueprint.route("")
@public
@blueprint.query(PostQuery())
@blueprint.returns(200, schemas.PostPage(), sparse=schemas.PostFieldsPage())
def list_posts(query: dict[str, Any]) -> Any:
    """List posts

    Returns published posts, newest first. With any other `status`, returns your own posts with that status (for
    editors, everyone's), most recently created first.

    With `q`, searches title, summary, tags and content. Posts rank higher with the words in the title, a tag or the
    summary, or more often in the content; ties are sorted newest first. Each post then has an `excerpt` in HTML:
    escaped text with the matches in `<mark>`. A query without any words matches nothing.

    With `fields`, returns only the fields that it names. `limit` is at most 20 if `content` or `html` is one of them.
    """
    return lists.list_posts(query["filters"], query["page"], current_viewer(), query.get("fields"))


@blueprint.route("", methods=["POST"])
@login_required
@blueprint.body(post_writes.PostWrite())
@blueprint.returns(201, schemas.Post())
@blueprint.replays_if(lists.may_see_stored)
@blueprint.raises(403, 404, 409)
def create_post(data: dict[str, Any]) -> Any:
    """Create a post

    Creates a draft by default. Missing tags are created. Contributors ask for review with the status `pending`; they
    may not publish.
    """
    viewer = current_user()
    require_creation(viewer, data)
    post = write.create_post(viewer.id, data)
    return post_to_dict(post, viewer), {"Location": url_for("posts.read_post", post_id=post.id)}


@blueprint.route("/<id:post_id>")
@public
@blueprint.query(SinglePostQuery())
@blueprint.returns(200, schemas.Post(), sparse=schemas.PostFields(partial=True))
def read_post(query: dict[str, Any], post_id: int) -> Any:
    """Get a post

    Returns a post that you may see: any that is published, and your own; for editors, all posts. Without `fields`, it
    has all fields but `html` and `toc`.
    """
    return single.read_post(current_viewer(), query.get("fields"), post_id=post_id)


@blueprint.route("/slug/<slug:slug>")
@public
@blueprint.query(SinglePostQuery())
@blueprint.returns(200, schemas.Post(), sparse=schemas.PostFields(partial=True))
def read_post_by_slug(query: dict[str, Any], slug: str) -> Any:
    """Get a post by its slug

    A former slug of a post that you may see redirects to the present one.
    """
    return single.read_post_by_slug(slug, current_viewer(), query.get("fields"))


@blueprint.route("/<id:post_id>/former-slugs/<slug:slug>", methods=["DELETE"])
@login_required
@blueprint.returns(204)
@blueprint.raises(403)
def release_post_slug(post_id: int, slug: str) -> None:
    """Release a former slug of a post

    Slugs under which a post was public are reserved for it and redirect, even while it is in the trash. Once released,
    another post can have the slug. For editors.
    """
    post = trash.get_any_post(post_id, current_user())
    require(is_editor(current_user()), "Only editors may release slugs.")
    slugs.release_slug(post, slug)


@blueprint.route("/<id:post_id>", methods=["PATCH"])
@login_required
@blueprint.query(post_writes.MergeQuery())
@blueprint.body(post_writes.PostPatch(partial=True))
@blueprint.returns(200, schemas.Post())
@blueprint.raises(403, 412)
def update_post(query: dict[str, Any], data: dict[str, Any], post_id: int) -> Any:
    """Update a post

    Omitted fields are left unchanged. Co-authors can remove only themselves from `co_authors`.
    """
    viewer = current_user()
    return post_to_dict(history.update_post(post_id, data, viewer, **query), viewer)


@blueprint.route("/<id:post_id>", methods=["PUT"])
@login_required
@blueprint.query(post_writes.MergeQuery())
@blueprint.body(post_writes.PostReplacement())
@blueprint.returns(200, schemas.Post())
@blueprint.raises(403, 412)
def replace_post(query: dict[str, Any], data: dict[str, Any], post_id: int) -> Any:
    """Replace a post

    Resets omitted fields to their defaults (no tags, no summary, draft), except for the slug, the publication time, the
    authors and the aliases. Ignores fields that cannot be written, so that a post can be sent as it was read.
    """
    viewer = current_user()
    return post_to_dict(history.update_post(post_id, data, viewer, **query), viewer)


@blueprint.route("/<id:post_id>", methods=["DELETE"])
@login_required
@blueprint.query(post_writes.PostDeletion())
@blueprint.returns(204)
@blueprint.raises(403, 412)
def delete_post(query: dict[str, Any], post_id: int) -> None:
    """Delete a post

    Moves the post to the trash, which removes it from all other lists and counts. Its slug stays reserved if it was
    ever public.
    """
    if not query["force"]:
        post = write.get_post(post_id, current_user())
        check_version(post.version)
        write.trash_post(post, current_user())
        return
    post = trash.get_any_post(post_id, current_user())
    require(is_admin(current_user()), "Only admins may delete a post permanently.")
    check_version(post.version)
    trash.delete_post(post)
    audit.record("post.purged", user_id=post.author_id, detail=f"post {post_id}, {post.slug}")


@blueprint.route("/<id:post_id>/restore", methods=["POST"])
@login_required
@blueprint.returns(200, schemas.RestoredPost())
@blueprint.replays_if(lists.may_see_stored)
@blueprint.raises(403, 409)
def restore_post(post_id: int) -> Any:
    """Restore a post from the trash

    The post keeps its status. If another post has taken its slug, it gets a new one, and `slug_changed` is true.
    """
    viewer = current_user()
    post = trash.get_trashed_post(post_id, viewer)
    slug_changed = trash.restore_post(post)
    return {**single.read_post(viewer, post_id=post_id), "slug_changed": slug_changed}


@blueprint.route("/bulk", methods=["POST"])
@login_required
@blueprint.body(bulk_schemas.Bulk())
@blueprint.returns(200, bulk_schemas.BulkResults(), alt_status=207)
@blueprint.replays_if(lists.may_see_stored)
@blueprint.raises(403, 404, 409, 412)
def change_posts(data: dict[str, Any]) -> Any:
    """Create, update and delete posts in bulk

    In mode `atomic`, applies all operations or none, and returns 200. On failure, the problem identifies the first
    operation that failed. In mode `each`, applies each operation independently and always returns 207.
    """
    atomic = data["mode"] == "atomic"
    results = bulk.run_operations(data["operations"], current_user(), atomic=atomic)
    return {"results": results}, {}, 200 if atomic else 207


@blueprint.route("/bulk/update", methods=["POST"])
@login_required
@blueprint.query(PostFilters())
@blueprint.body(bulk_schemas.BulkChange())
@blueprint.returns(200, bulk_schemas.BulkCount())
@blueprint.raises(403)
def update_posts(query: dict[str, Any], data: dict[str, Any]) -> Any:
    """Update all posts that match filters

    Takes the same filters as the list of posts. Updates only posts that you may edit; with `dry_run=true`, none.
    """
    changed = bulk.update_posts(query, Change(**data), current_user())
    return {"changed": changed, "dry_run": exchange.dry_run}
