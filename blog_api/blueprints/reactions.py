"""/posts/{id}/like and /users/{id}/follow: what readers like, and whom they follow."""

from __future__ import annotations

from blog_api.api.blueprint import Blueprint
from blog_api.auth.access import current_user, login_required
from blog_api.crud import reactions

blueprint = Blueprint(
    "reactions",
    __name__,
    url_prefix="/api/v1",
    description="Likes of posts, and follows of authors.",
    dry_run=True,
)


@blueprint.route("/posts/<id:post_id>/like", methods=["PUT"])
@login_required
@blueprint.returns(204)
def like_post(post_id: int) -> None:
    """Like a post

    Liking it again changes nothing. The `like_count` of the post shows the number of likes.
    """
    reactions.like_post(post_id, current_user())


@blueprint.route("/posts/<id:post_id>/like", methods=["DELETE"])
@login_required
@blueprint.returns(204)
def unlike_post(post_id: int) -> None:
    """Remove your like of a post

    Changes nothing if you do not like it.
    """
    reactions.unlike_post(post_id, current_user())


@blueprint.route("/users/<id:user_id>/follow", methods=["PUT"])
@login_required
@blueprint.returns(204)
def follow_user(user_id: int) -> None:
    """Follow an author

    Their posts are in the list of posts with `followed=true`. Following them again changes nothing.
    """
    reactions.follow_user(user_id, current_user())


@blueprint.route("/users/<id:user_id>/follow", methods=["DELETE"])
@login_required
@blueprint.returns(204)
def unfollow_user(user_id: int) -> None:
    """Stop following an author

    Changes nothing if you do not follow them.
    """
    reactions.unfollow_user(user_id, current_user())
